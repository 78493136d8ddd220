"""`draw`, with the drawers of all results registered; import it from here to show a result."""

from treadle.report import programs  # noqa: F401 - registers its drawers
from treadle.report.display import draw

__all__ = ["draw"]
