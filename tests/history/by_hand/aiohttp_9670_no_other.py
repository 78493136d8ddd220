"""A neighbour of aiohttp 9670: nobody asks for a connection after the one that is cancelled."""

from test_aiohttp_9670 import program_with_no_other as program

__all__ = ["program"]
