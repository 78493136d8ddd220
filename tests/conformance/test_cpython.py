"""CPython's own tests of asyncio end on Treadle's loop as on the stock loop: the best account of a loop's duties.

They run wherever an interpreter has `test.test_asyncio`, which those that pyenv builds have. Left out unless
TREADLE_TESTS=all: a few that collect garbage a hundred times or start interpreters, and ask nothing of a loop.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pythons import ALL, HERE, ROOT, every_version, interpreters, sample

MODULES = (
    *("test_tasks", "test_taskgroups", "test_timeouts", "test_locks", "test_queues", "test_waitfor", "test_futures"),
    *("test_futures2", "test_eager_task_factory", "test_context", "test_staggered", "test_runners", "test_pep492"),
    *("test_streams", "test_server", "test_protocols", "test_transports", "test_buffered_proto", "test_sslproto"),
)
SLOW = ("test_task_del_collect", "test_future_del_collect", "test_env_var_debug")

THREADS = "waits in a thread of an executor, and Treadle's loop has no threads"
SERVER = "its server is in a thread of its own, with real sockets"
SOCKET = "connects a real socket of its own, which would block the loop"
OTHERWISE = {
    "test_run_coroutine_threadsafe": THREADS,
    "test_run_coroutine_threadsafe_task_cancelled": THREADS,
    "test_run_coroutine_threadsafe_task_factory_exception": THREADS,
    "test_run_coroutine_threadsafe_with_exception": THREADS,
    "test_run_coroutine_threadsafe_with_timeout": THREADS,
    **dict.fromkeys(
        (
            *("test_async_writer_api", "test_async_writer_api_exception_after_close", "test_drain_raises"),
            *("test_eof_feed_when_closing_writer", "test_loop_is_closed_resource_warnings", "test_open_connection"),
            *("test_open_connection_error", "test_open_connection_no_loop_ssl", "test_open_unix_connection"),
            *("test_open_unix_connection_error", "test_open_unix_connection_no_loop_ssl", "test_wait_closed_on_close"),
            *("test_unclosed_resource_warnings", "test_wait_closed_on_close_with_unread_data"),
        ),
        SERVER,
    ),
    **dict.fromkeys(
        ("test_start_server", "test_start_unix_server", "test_start_tls", "test_unclosed_server_resource_warnings"),
        SOCKET,
    ),
    "test_read_all_from_pipe_reader": "reads from a pipe",
    **dict.fromkeys(
        (
            "test_unix_server_cleanup_gone",
            "test_unix_server_cleanup_prevented",
            "test_unix_server_cleanup_replaced",
        ),
        "looks for the file of a socket, and one in memory has none",
    ),
    "test_loop_factory_default_event_loop": "asserts that the default loop is a selector loop",
}
"""The tests that end otherwise, by name and with the reason; every other is the same on both loops."""


def ends(python: str, loop: str, *options: str) -> dict[str, Any]:
    """Run all modules with a loop; return how each test ended, and what those that did not pass said."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    answer = subprocess.run(
        [python, HERE / "cpython.py", loop, *options, *MODULES],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def with_the_tests(version: str) -> dict[str, str]:
    """Find the interpreters of a version that have the tests: from a full version to a path."""
    ask = "import test.test_asyncio"
    return {
        full: python
        for full, python in interpreters(version).items()
        if not subprocess.run([python, "-c", ask], capture_output=True, check=False).returncode
    }


@every_version
def test_cpythons_own_tests_end_as_on_the_stock_loop(version: str) -> None:
    sample(version)
    found = with_the_tests(version)
    for full, python in found.items():
        without = [] if ALL else [f"--without={','.join(SLOW)}"]
        with ThreadPoolExecutor() as pool:
            stock, ours = pool.map(lambda loop: ends(python, loop, *without), ("stock", "treadle"))  # noqa: B023 - now
        assert ours["loops"] > 500, "the tests ran on other loops"
        assert stock["ends"].keys() == ours["ends"].keys()
        assert len(stock["ends"]) > 1_000
        differ = [name for name, end in stock["ends"].items() if ours["ends"][name] != end]
        unexpected = [name for name in differ if name.rpartition(".")[2] not in OTHERWISE]
        assert not unexpected, "\n".join(f"{name}: {ours['told'].get(name, 'passed')}" for name in unexpected)
        passed = sum(end == "passed" for end in ours["ends"].values())
        sys.stdout.write(f"{full}: {len(ours['ends']):,} tests, {passed:,} pass, {len(differ)} differ\n")
        assert differ, "a test that needs threads has passed without any: it cannot have run here"
    if not found:
        pytest.skip(f"no Python {version} here that has test.test_asyncio")
