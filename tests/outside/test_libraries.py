"""Libraries as released, with a client and a server in one program that knows no schedule, on the network in memory.

Each client may be cancelled once, at any moment. What is found was looked at by hand: redis-py and nats-py leave a
connection open, in both cases because what would close it was itself cancelled or never reached.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from treadle.verdict import Verdict

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

    from finding import Place

    from treadle import Env

HOST = "127.0.0.1"

AIOHTTP = (
    *("aiohttp==3.14.5", "aiohappyeyeballs==2.7.1", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0"),
    *("multidict==7.2.1", "propcache==0.5.4", "yarl==1.25.1", "idna==3.20", "typing_extensions==4.16.0"),
)
HTTPX = (
    *("httpx==0.28.1", "httpcore==1.0.9", "h11==0.16.0", "anyio==4.16.0", "certifi==2026.10.19.post1", "idna==3.20"),
    *("uvicorn==0.54.0", "click==8.5.1", "typing_extensions==4.16.0"),
)

HYPERCORN = (
    *("Hypercorn==0.18.0", "h2==4.4.1", "hpack==4.2.0", "hyperframe==6.1.0", "priority==2.0.0", "wsproto==1.3.2"),
    *HTTPX,
)


async def may_be_cancelled(env: Env, client: Any) -> None:
    """Run a client, whatever becomes of it."""
    await asyncio.gather(env.cancellable(asyncio.create_task(client, name="client")), return_exceptions=True)


async def aiohttp_client_and_server(env: Env) -> None:
    import aiohttp
    from aiohttp import web

    async def hello(_: Any) -> Any:
        return web.Response(text="hello")

    async def client() -> None:
        async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:8080/") as answer:
            assert await answer.text() == "hello"

    application = web.Application()
    application.router.add_get("/", hello)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, HOST, 8080).start()
    await may_be_cancelled(env, client())
    await runner.cleanup()


async def websockets_client_and_server(env: Env) -> None:
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    async def echo(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def client() -> None:
        async with connect(f"ws://{HOST}:8765") as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"

    async with serve(echo, HOST, 8765):
        await may_be_cancelled(env, client())


async def application(scope: Any, _: Any, send: Callable[..., Any]) -> None:
    """Answer each request, as ASGI wants it."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def httpx_and_an_application(env: Env) -> None:
    import httpx

    async def client() -> None:
        way = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=way, base_url="http://test") as session:
            assert (await session.get("/")).text == "hello"

    await env.future("a moment")
    await may_be_cancelled(env, client())


async def httpx_and_uvicorn(env: Env) -> None:
    import httpx
    import uvicorn

    async def client() -> None:
        async with httpx.AsyncClient(verify=False) as session:  # noqa: S501 - there is no TLS, and no certificate
            assert (await session.get(f"http://{HOST}:8000/")).text == "hello"

    options: dict[str, Any] = {"http": "h11", "ws": "none", "lifespan": "off", "loop": "asyncio", "log_config": None}
    server = uvicorn.Server(uvicorn.Config(application, host=HOST, port=8000, **options))
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - it says so in no other way
        await asyncio.sleep(0.1)
    await may_be_cancelled(env, client())
    server.should_exit = True
    await serving


async def httpx_and_hypercorn(env: Env) -> None:
    import httpx
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    async def answers(scope: Any, receive: Any, send: Callable[..., Any]) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError
        await application(scope, receive, send)

    async def client() -> None:
        async with httpx.AsyncClient(verify=False) as session:  # noqa: S501 - as above
            assert (await session.get(f"http://{HOST}:8000/")).text == "hello"

    config, stop = Config(), asyncio.Event()
    config.bind = [f"{HOST}:8000"]
    config.accesslog = config.errorlog = None
    serving = asyncio.create_task(serve(answers, config, shutdown_trigger=stop.wait))
    await asyncio.sleep(1)
    await may_be_cancelled(env, client())
    stop.set()
    await serving


class Calls:
    """The queue and the thread of a connection: what is put in is given to a thread of an executor's."""

    def __init__(self, **_: Any) -> None:
        self.thread = ThreadPoolExecutor(1)

    def start(self) -> None:
        """Begin with what is put in."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, call = item

        def tell(done: asyncio.Future[Any]) -> None:
            if future is None or future.done():
                return
            error = done.exception()
            if error is None:
                future.set_result(done.result())
            else:
                future.set_exception(error)

        asyncio.get_running_loop().run_in_executor(self.thread, call).add_done_callback(tell)


async def aiosqlite_by_an_executor(env: Env) -> None:
    import aiosqlite
    from aiosqlite import core

    core.SimpleQueue = core.Thread = Calls

    async def client() -> None:
        async with aiosqlite.connect(":memory:") as connection:
            await connection.execute("create table numbers (number)")
            await connection.execute("insert into numbers values (1)")
            await connection.commit()
            async with connection.execute("select number from numbers") as rows:
                assert [row async for row in rows] == [(1,)]

    await may_be_cancelled(env, client())


async def speak_redis(reader: StreamReader, writer: StreamWriter) -> None:
    """Be as much of a Redis server as a client needs that asks for one value."""
    try:
        while count := await reader.readline():
            words = []
            for _ in range(int(count[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2])
            answers = {b"GET": b"$5\r\nvalue\r\n", b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n"}
            writer.write(answers.get(words[0].upper(), b"+OK\r\n"))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def redis_client(env: Env) -> None:
    from redis import asyncio as redis

    async def client() -> None:
        connection = redis.Redis(host=HOST, port=6379)
        try:
            assert await connection.get("key") == b"value"
        finally:
            await connection.aclose()

    async with await asyncio.start_server(speak_redis, HOST, 6379):
        await may_be_cancelled(env, client())


async def speak_nats(reader: StreamReader, writer: StreamWriter) -> None:
    """Be as much of a NATS server as a client needs that hears what it says itself."""
    writer.write(b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"proto":1,"headers":true}\r\n')
    subscribed: dict[bytes, bytes] = {}
    try:
        while line := await reader.readline():
            words = line.split()
            if words[0] == b"PING":
                writer.write(b"PONG\r\n")
            elif words[0] == b"SUB":
                subscribed[words[1]] = words[-1]
            elif words[0] == b"PUB":
                data = await reader.readexactly(int(words[-1]) + 2)
                writer.write(b"MSG %s %s %s\r\n%s" % (words[1], subscribed[words[1]], words[-1], data))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def nats_client(env: Env) -> None:
    import nats

    async def client() -> None:
        connection = await nats.connect(f"nats://{HOST}:4222", allow_reconnect=False)
        try:
            heard = await connection.subscribe("subject")
            await connection.publish("subject", b"hello")
            assert (await heard.next_msg(timeout=5)).data == b"hello"
        finally:
            await connection.close()

    async with await asyncio.start_server(speak_nats, HOST, 4222):
        await may_be_cancelled(env, client())


async def janus_and_a_thread(env: Env) -> None:
    import janus

    queue: janus.Queue[int] = janus.Queue()
    client = env.cancellable(asyncio.create_task(queue.async_q.get()))
    await asyncio.gather(asyncio.to_thread(queue.sync_q.put, 1), client, return_exceptions=True)
    await queue.aclose()


def see_that_it_holds(place: Place, program: Callable[..., Any], *, more_than: int) -> None:
    explored = place.explore(program, events=1)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules > more_than


def see_that_a_connection_stays_open(place: Place, program: Callable[..., Any], who: str) -> None:
    """The server waits for the end of a stream that never comes; from 3.12 on, its end waits for that."""
    assert place.explore(program, events=0).verdict is Verdict.HOLDS
    explored = place.explore(program, events=1)
    found = [each for each in explored.violations if str(each.property) in {"left-running", "deadlock"}]
    assert found, str(explored)
    assert f"{who} waits for a future" in found[0].text
    assert (found[0].events, found[0].minimal) == (1, True)


def test_aiohttp_gives_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release(*AIOHTTP), aiohttp_client_and_server, more_than=50)


def test_websockets_gives_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release("websockets==17.4"), websockets_client_and_server, more_than=100)


def test_httpx_and_an_application_give_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release(*HTTPX), httpx_and_an_application, more_than=1)


def test_httpx_and_uvicorn_give_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release(*HTTPX), httpx_and_uvicorn, more_than=50)


def test_httpx_and_hypercorn_give_everything_back(release: Callable[..., Place]) -> None:
    """Until 3.12.1 asyncio itself reports that the task of a connection was cancelled, which nobody can help."""
    explored = release(*HYPERCORN).explore(httpx_and_hypercorn, events=1)
    assert {each.text for each in explored.violations} <= {"Exception in callback: CancelledError"}, str(explored)
    assert explored.schedules > 50
    assert not explored.stopped
    if sys.version_info >= (3, 13):
        assert explored.verdict is Verdict.HOLDS


def test_aiosqlite_gives_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release("aiosqlite==0.22.1"), aiosqlite_by_an_executor, more_than=20)


def test_janus_gives_everything_back(release: Callable[..., Place]) -> None:
    see_that_it_holds(release("janus==2.0.0", "typing_extensions==4.16.0"), janus_and_a_thread, more_than=3)


def test_redis_py_leaves_a_connection_open_whose_closing_was_cancelled(release: Callable[..., Place]) -> None:
    requirements = ("redis==8.1.0", "async-timeout==5.0.1")
    see_that_a_connection_stays_open(release(*requirements), redis_client, "speak_redis")


def test_nats_py_leaves_a_connection_open_whose_making_was_cancelled(release: Callable[..., Place]) -> None:
    see_that_a_connection_stays_open(release("nats-py==2.16.0"), nats_client, "speak_nats")
