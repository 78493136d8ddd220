"""Small servers for the programs, each as much of its protocol as one client needs. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

HOST = "127.0.0.1"


def redis_answers(words: list[bytes]) -> bytes:
    """Answer what a client of Redis says, as if the value of every key were its name."""
    answers = {b"GET": redis_value(words[-1]), b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n"}
    return answers.get(words[0].upper(), b"+OK\r\n")


def redis_value(value: bytes | None) -> bytes:
    """Write a value as Redis does."""
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


async def speak_redis(
    reader: StreamReader, writer: StreamWriter, answers: Callable[[list[bytes]], bytes] = redis_answers
) -> None:
    """Be a Redis server."""
    try:
        while count := await reader.readline():
            words = []
            for _ in range(int(count[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2])
            writer.write(answers(words))
            await writer.drain()
    except (ConnectionError, EOFError):
        pass
    finally:
        writer.close()


async def speak_nats(reader: StreamReader, writer: StreamWriter) -> None:
    """Be a NATS server that hands out what it hears."""
    writer.write(b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"proto":1,"headers":true}\r\n')
    subscribed: dict[bytes, bytes] = {}
    try:
        while line := await reader.readline():
            match line.split():
                case [b"PING"]:
                    writer.write(b"PONG\r\n")
                case [b"SUB", subject, *_, number]:
                    subscribed[subject.removesuffix(b"*")] = number
                case [b"PUB", subject, *reply, length]:
                    data = await reader.readexactly(int(length) + 2)
                    for heard, number in subscribed.items():
                        if subject.startswith(heard):
                            head = b" ".join([b"MSG", subject, number, *reply, length])
                            writer.write(head + b"\r\n" + data)
            await writer.drain()
    except (ConnectionError, EOFError):
        pass
    finally:
        writer.close()


async def speak_smtp(reader: StreamReader, writer: StreamWriter) -> None:
    """Be an SMTP server to which anybody may log in."""
    answers = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 welcome\r\n", b"QUIT": b"221 bye\r\n"}
    try:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            writer.write(answers.get(line[:4].upper().strip(), b"250 well\r\n"))
            await writer.drain()
    except (ConnectionError, EOFError):
        pass
    finally:
        writer.close()


async def speak_http(reader: StreamReader, writer: StreamWriter) -> None:
    """Be an HTTP server that answers requests without a body, and keeps connections open."""
    try:
        while line := await reader.readline():
            if line == b"\r\n":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                await writer.drain()
    except (ConnectionError, EOFError):
        pass
    finally:
        writer.close()
