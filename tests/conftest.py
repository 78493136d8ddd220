"""What all tests share: how Hypothesis runs."""

from hypothesis import settings

# No deadline: a test that is slow on a busy machine is not wrong. Where the variable CI is set, Hypothesis starts from
# a profile of its own, with the same examples each time.
settings.register_profile("treadle", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("treadle")
