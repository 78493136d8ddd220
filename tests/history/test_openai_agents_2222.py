"""openai-agents issue 2222: who listens to an agent cannot be stopped.

Affected: 0.6.4. Fixed: 0.6.5.

What happens: a task that waits for the next event of a streamed run is cancelled. `stream_events()` takes that for the
end of the events, waits until the agent is done, however long that takes, and ends as if all had been said.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

try:  # here, because it takes longer than a step of a program may
    import agents
    from openai.types import responses
except ImportError:  # the tests themselves need neither
    agents = responses = None

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    class Slow(agents.Model):  # type: ignore[misc]  # its type is not known here
        async def get_response(self, *_: object, **__: object) -> None:
            raise NotImplementedError

        async def stream_response(self, *_: object, **__: object) -> AsyncIterator[Any]:
            await env.future("answer")
            text = responses.ResponseOutputText(text="hi", type="output_text", annotations=[])
            said: dict[str, Any] = {"type": "message", "role": "assistant", "status": "completed", "content": [text]}
            output = [responses.ResponseOutputMessage(id="1", **said)]
            options: dict[str, Any] = {"object": "response", "tools": [], "tool_choice": "none", "model": "slow"}
            whole = responses.Response(id="1", created_at=0, output=output, parallel_tool_calls=False, **options)
            yield responses.ResponseCompletedEvent(type="response.completed", response=whole, sequence_number=0)

    async def listen() -> None:
        run = agents.Runner.run_streamed(agents.Agent(name="agent", model=Slow()), "hello")
        async for _ in run.stream_events():
            pass

    agents.set_tracing_disabled(True)
    await asyncio.wait([env.cancellable(asyncio.create_task(listen(), name="listener"))])


_NEEDS = (
    *("openai==2.9.0", "pydantic==2.14.4", "pydantic_core==2.50.5", "annotated_types==0.8.0", "anyio==4.16.0"),
    *("typing_extensions==4.16.0", "typing_inspection==0.4.5", "httpx==0.28.1", "httpcore==1.0.9", "h11==0.16.0"),
    *("certifi==2026.10.19.post1", "idna==3.20", "sniffio==1.3.1", "distro==1.9.0", "jiter==0.19.0", "tqdm==4.70.1"),
    *("griffe==1.15.0", "colorama==0.4.6", "requests==2.34.2", "urllib3==2.8.0", "charset_normalizer==3.5.3"),
)


def test_openai_agents_0_6_4_swallows_a_cancellation(release: Callable[..., Place]) -> None:
    release("openai-agents==0.6.4", *_NEEDS).finds(program, "swallowed", events=1, at_most=1)


def test_openai_agents_0_6_5_swallows_none(release: Callable[..., Place]) -> None:
    release("openai-agents==0.6.5", *_NEEDS).finds_nothing(program, at_most=1)
