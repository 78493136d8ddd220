"""A counterexample as a stand-alone script for stock Python.

- `write`: the whole script
- `plan`: how to act at a given gap with public API
- `embed`: the code under test
- `dependency`, `controller`, `environment`, `main`, `verdict`: the parts that follow the score
- `text`: pieces of Python text
"""

from treadle.report.script.write import write_script

__all__ = ["write_script"]
