"""`contextlib.asynccontextmanager`, after `Lib/contextlib.py`: the manager that a call of the generator makes."""

from __future__ import annotations

from treadle_models.automaton.intrinsics import advance, is_the_same_error, refuse


class GeneratorManager:
    """The context manager; `_AsyncGeneratorContextManager`."""

    generator: object

    async def __aenter__(self) -> object:
        """Run the generator until it gives something."""
        try:
            return await advance(self.generator, None)
        except StopAsyncIteration:
            raise RuntimeError from None

    async def __aexit__(self, kind: object, error: object, traceback: object) -> object:
        """Run the generator to its end, or throw the exception into it.

        Whether an exception that comes out is the very one that went in decides which of the two is raised. Of two
        cancellations that makes no difference to anybody.
        """
        if kind is None:
            try:
                await advance(self.generator, None)
            except StopAsyncIteration:
                return False
            return refuse("a generator that goes on after its end")
        try:
            await advance(self.generator, error)
        except StopAsyncIteration as stopped:
            return not is_the_same_error(stopped, error)
        except BaseException as raised:
            if is_the_same_error(raised, error):
                return False
            raise
        return refuse("a generator that goes on after its end")
