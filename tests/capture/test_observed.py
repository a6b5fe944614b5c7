"""The contract for what a receiver can do and see in the middle of a dispatch."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import warnings
from typing import Any

import pytest
from django.dispatch import Signal

from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, SYNC_METHODS, Notes, dispatch, outcome, same

pytestmark = pytest.mark.usefixtures("unnamed_signals")

CHOICE: contextvars.ContextVar[str] = contextvars.ContextVar("choice", default="none")


@pytest.mark.parametrize("method", SYNC_METHODS)
def test_the_stack_below_a_sync_receiver(method: str) -> None:
    """No frame stands between the caller, the method and a receiver: names and number are the same."""

    def program(notes: Notes) -> None:
        signal = Signal()

        def look(**kwargs: Any) -> None:
            frame, names = sys._getframe(), []
            while frame is not None:
                names.append(frame.f_code.co_qualname)
                frame = frame.f_back  # type: ignore[assignment]
            notes.add("stack", names)

        signal.connect(look)
        for _ in range(2):
            dispatch(signal, method, None)

    same(program)


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("method", METHODS)
def test_the_file_a_warning_names(method: str, level: int) -> None:
    """``warnings.warn(stacklevel=…)`` in a receiver names the file and line it names in a bare run."""

    def program(notes: Notes) -> None:
        signal = Signal()

        def warn(**kwargs: Any) -> None:
            warnings.warn("careful", UserWarning, stacklevel=level)

        signal.connect(warn)
        dispatch(signal, method, None)

    same(program)


@pytest.mark.parametrize("caching", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_connecting_and_disconnecting(method: str, caching: bool) -> None:
    """Who is called is settled when the dispatch begins; the next one sees what changed."""

    def program(notes: Notes) -> None:
        signal = notes.keep(Signal(use_caching=caching), "signal")

        def early(**kwargs: Any) -> None:
            notes.add("early", signal.has_listeners(Notes), len(signal.receivers))
            for each in (early, middle, late, alate):
                notes.add("disconnected", signal.disconnect(each))
            signal.connect(new)
            notes.add("early", signal.has_listeners(Notes), len(signal.receivers))

        def middle(**kwargs: Any) -> str:
            return "middle"

        def late(**kwargs: Any) -> str:
            notes.add("late", signal.has_listeners(Notes))
            return "late"

        async def alate(**kwargs: Any) -> str:
            return "alate"

        def new(**kwargs: Any) -> str:
            return "new"

        for each in (early, middle, late, alate, new):
            notes.keep(each, each.__name__)
        for each in (early, middle, late, alate):
            signal.connect(each)
        notes.add("before", signal.has_listeners(), signal.has_listeners(Notes))
        for _ in range(3):
            notes.add("sent", outcome(notes, lambda: dispatch(signal, method, Notes)))

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_a_receiver_that_sends_again(method: str) -> None:
    """Recursion and nested dispatches, by the same method where it can be used in there."""

    def program(notes: Notes) -> None:
        signal = notes.keep(Signal(use_caching=True), "signal")

        def again(depth: int, **kwargs: Any) -> Any:
            notes.add("depth", depth)
            if depth == 3:
                raise Failure("deep")
            inner = "send_robust" if "robust" in method else "send"
            return len(getattr(signal, inner)(Notes, depth=depth + 1))

        async def aagain(depth: int, **kwargs: Any) -> Any:
            await asyncio.sleep(0)
            return depth

        signal.connect(notes.keep(again, "again"))
        signal.connect(notes.keep(aagain, "aagain"))
        notes.add("sent", outcome(notes, lambda: dispatch(signal, method, Notes, depth=0)))

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_context_variables(method: str) -> None:
    """What receivers set is seen after the dispatch, by the others and by the caller, exactly as bare."""

    def program(notes: Notes) -> None:
        signal = Signal()

        def one(**kwargs: Any) -> None:
            notes.add("one", CHOICE.get())
            CHOICE.set("one")

        def two(**kwargs: Any) -> None:
            notes.add("two", CHOICE.get())
            CHOICE.set("two")

        async def three(**kwargs: Any) -> None:
            await asyncio.sleep(0)
            CHOICE.set("three")
            await asyncio.sleep(0)
            notes.add("three", CHOICE.get())

        for each in (one, two, three):
            signal.connect(each)
        CHOICE.set("caller")

        def variables() -> list[str]:
            # the only variable of ours; asyncio and asgiref have theirs either way
            return sorted({each.name for each in contextvars.copy_context()} - {"signaltrace_cell"})

        if method in SYNC_METHODS:
            getattr(signal, method)(None)
            notes.add("after", CHOICE.get(), variables())
            return

        async def main() -> None:
            await getattr(signal, method)(None)
            notes.add("after", CHOICE.get(), variables())

        asyncio.run(main())

    same(program)


@pytest.mark.parametrize("stubborn", [True, False])
@pytest.mark.parametrize("method", METHODS[2:])
def test_cancelling(method: str, stubborn: bool) -> None:
    """A cancelled ``asend`` reaches the receivers that are waiting, once, and ends as in a bare run."""

    def program(notes: Notes) -> None:
        signal = Signal()

        async def wait(**kwargs: Any) -> str:
            try:
                started.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                notes.add("wait", "cancelled", error.args)
                if stubborn:
                    return "stayed"
                raise
            finally:
                notes.add("wait", "over")
            return "never"

        async def quick(**kwargs: Any) -> str:
            return "quick"

        signal.connect(wait)
        signal.connect(quick)
        started: asyncio.Event

        async def main() -> None:
            nonlocal started
            started = asyncio.Event()
            task = asyncio.create_task(getattr(signal, method)(None))
            await started.wait()
            task.cancel("enough")
            try:
                notes.add("result", [response for _, response in await task])
            except asyncio.CancelledError as error:
                notes.add("result", notes.name(error))
            notes.add("task", task.cancelled(), task.cancelling())

        asyncio.run(main())

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_tasks_as_a_receiver_sees_them(method: str) -> None:
    """The running task, its coroutine and the other tasks look the same from inside an async receiver."""

    def program(notes: Notes) -> None:
        signal = Signal()

        async def look(**kwargs: Any) -> None:
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            coroutine: Any = task.get_coro()
            notes.add("look", coroutine.__name__, coroutine.__qualname__, coroutine.cr_running)
            notes.add("look", asyncio.iscoroutine(coroutine), len(asyncio.all_tasks()))
            notes.add("look", "running at" in repr(task))

        signal.connect(look)
        dispatch(signal, method, None)

    same(program)
