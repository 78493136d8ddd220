"""The proposed functions for a Python that does not have them: cut out of the patch, and run where they would stand.

import proposed          # then asyncio.cancel_and_wait and asyncio.cancel_and_join are there
treadle check paper/programs/proposed.py:cancel_and_wait
"""

import asyncio.tasks

from patched import PATCH, text_of


def _put_in_place():
    names = vars(asyncio.tasks)
    if "cancel_and_wait" not in names:
        exec(compile(text_of(), str(PATCH), "exec"), names)  # noqa: S102 - our own text
    for name in ("cancel_and_wait", "cancel_and_join"):
        setattr(asyncio, name, names[name])


_put_in_place()
cancel_and_wait, cancel_and_join = asyncio.cancel_and_wait, asyncio.cancel_and_join
