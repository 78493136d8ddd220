"""All that can be drawn, known: whoever shows something goes through here."""

from treadle.report import programs  # noqa: F401 - registers its drawers
from treadle.report.display import draw

__all__ = ["draw"]
