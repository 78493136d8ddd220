"""Small programs that show what a claim of the ledger says; each is run with `python -m` and ends with 0 if it shows.

Each prints what happened, line by line, and nothing that differs from run to run. They run on stock asyncio, except
`causes`, which uses the model.

- `causes`: C02, whose cancellation comes out of `await task`
- `repeat`: C05, which dependencies a call handles that cancels again and again
- `ctrl_c`: C06, the documentation's example of `Task.cancel` under SIGINT
- `who_cancels`: C07, from where `timeout()` and `TaskGroup` cancel
- `all_at_once`: C07, that a group tells all its tasks at once
- `lock`: C08, the lock with a watchdog, on a table of locks
- `clean_up`: C09, a group in the clean-up of a cancelled task
- `outcomes`: C15, C22 and C23, what `asyncio.wait` and `asyncio.wait_for` raise
- `group_exit`: C17, what leaving a `TaskGroup` does to a task in it
- `terminating`: C20, a call that is made while its caller terminates because of an exception
"""
