"""The interface to cvc5, a solver that has no part in a proof, and only checks certificates."""

from __future__ import annotations

from treadle_models.smt.solver import NoSolverError

HOW_TO_INSTALL = "a certificate is verified by cvc5, which had no part in it; install it with: pip install cvc5"


def answers(script: str) -> list[str]:
    """Return the answers of cvc5 to the questions of a script; raise `NoSolverError` if it is missing."""
    try:
        import cvc5  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise NoSolverError(HOW_TO_INSTALL) from None
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate.smt2")
    symbols = parser.getSymbolManager()
    said: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols).split()
    return said
