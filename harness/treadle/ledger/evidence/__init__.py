"""Small programs that show what a claim of the ledger says; each is run with `python -m` and ends with 0 if it shows.

Each prints what happened, line by line, and nothing that differs from run to run. They run on stock asyncio, but for
`causes`, which asks the model.
"""
