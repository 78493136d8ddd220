"""A counterexample as a stand-alone script for stock Python.

- `write`: the long script; `brief`: a short one, if possible; `staged`: chooses the one that is shown
- `inline`, `seeing`, `acting`: the parts of a short one
- `plan`: how to act at a given gap with public API
- `embed`: the code under test
- `dependency`, `controller`, `environment`, `main`, `verdict`: the parts of the long script, made from the score
- `failing`: the exception with which the dependency fails
- `text`: pieces of Python text
"""

from treadle.report.script.brief import brief_scripts
from treadle.report.script.staged import stage_script
from treadle.report.script.write import write_script

__all__ = ["brief_scripts", "stage_script", "write_script"]
