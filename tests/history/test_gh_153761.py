"""gh-153761: `loop.sock_accept` drops a connection when it is cancelled.

Affected: 3.13.0 and older. Fixed: 3.14.10 at the latest and 3.15, but for the half of it that is left.

What happens: a task waits for a connection and is cancelled. The loop's callback is on its way already, accepts the
connection all the same, and fails by `InvalidStateError` because nobody takes it: the client is connected, and nobody
serves it. Since the repair, the callback leaves the connection to the next who asks. Where it has come first and the
task is cancelled before it has run, the connection is still dropped, now without a word.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    loop = asyncio.get_running_loop()
    listening = socket.socket()
    listening.setblocking(False)
    listening.bind(("127.0.0.1", 8080))
    listening.listen()
    served: list[socket.socket] = []

    async def accept() -> None:
        connection, _ = await loop.sock_accept(listening)
        served.append(connection)

    first = asyncio.create_task(accept(), name="first")
    await asyncio.sleep(0)
    _, writer = await asyncio.open_connection("127.0.0.1", 8080)
    await asyncio.wait([env.cancellable(first)])
    if not served:
        await accept()
    served[0].close()
    listening.close()
    writer.close()


def test_a_connection_is_dropped_with_an_error_and_later_without_a_word(place: Place) -> None:
    explored = place.explore(program)
    found = {(str(each.property), each.events) for each in explored.violations}
    assert found - {("reported", 1)} == {("deadlock", 1)}, str(explored)
    if not (3, 13, 0) < place.version < (3, 14, 10):  # in between it is not known here which versions have the repair
        assert (("reported", 1) in found) == (place.version <= (3, 13, 0)), str(explored)
