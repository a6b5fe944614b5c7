"""The mutes in force, stage *capture*: for whom they hold, and which receivers they take out of a dispatch.

A mute belongs to the context it was begun in: its thread or task, and what inherits that context.
``signal.receivers`` and its caches stay as they are; what Django asked for is handed out without
the muted receivers, decided anew for each dispatch.
"""

from __future__ import annotations

import asyncio
import weakref
from asyncio import _get_running_loop as running_loop
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from signaltrace.capture.recorder import Recorder

Pick: TypeAlias = Callable[[Any], bool]
"""Whether a receiver is muted, in one dispatch."""
Rule: TypeAlias = "Callable[[Any, Any, Recorder], Pick | None]"
"""What a mute takes out of a dispatch of a signal by a sender; None for nothing of it."""


class Mute:
    """One mute, from when it begins until it has ``ended``. A context that was copied meanwhile, by a task
    that lives longer, still carries it then."""

    __slots__ = ("__weakref__", "_task", "ended", "everywhere", "rule")

    def __init__(self, rule: Rule, everywhere: bool = False) -> None:
        """``everywhere``: it holds in all threads and tasks."""
        # None once it has ended: the rule keeps receivers alive.
        self.rule: Rule | None = rule
        self.everywhere = everywhere
        self.ended = False
        self._task: weakref.ref[asyncio.Task[Any]] | None = None

    def belongs_to(self, task: asyncio.Task[Any] | None) -> None:
        """The task it was begun in."""
        self._task = None if task is None else weakref.ref(task)

    def holds(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether it holds in a task whose context carries it. Not in one that shares the context of the
        one it was begun in, as the async receivers of a dispatch do since Django 6.1. One that came into
        that context after the other was done was meant to inherit it: so fixtures reach their tests."""
        if self.ended:
            return False
        owner = None if self._task is None or task is None else self._task()
        if owner is None or task is None or owner is task or owner.done():
            return True
        # asked for from Python 3.12 on, which Django 6.1 needs
        mine, its = getattr(task, "get_context", None), getattr(owner, "get_context", None)
        return mine is None or its is None or mine() is not its()


# Those begun and not ended, in the whole process. A dict: adding, removing and copying are atomic.
IN_FORCE: dict[Mute, None] = {}
# Those of the context, in the order they began; some may have ended.
MUTES: ContextVar[tuple[Mute, ...]] = ContextVar("signaltrace_mutes", default=())


def begin(mute: Mute) -> None:
    """Put a mute in force, in this context or everywhere."""
    mute.belongs_to(_task())
    IN_FORCE[mute] = None
    if not mute.everywhere:
        MUTES.set((*_lasting(), mute))


def forget_ended() -> None:
    """Keep only those of this context that go on, whatever began or ended since."""
    MUTES.set(_lasting())


def _lasting() -> tuple[Mute, ...]:
    return tuple([each for each in MUTES.get() if not each.ended])


def _task() -> asyncio.Task[Any] | None:
    return None if running_loop() is None else asyncio.current_task()


def without_muted(recorder: Recorder, signal: Any, sender: Any, live: Any) -> tuple[Any, list[Any]]:
    """What ``_live_receivers`` gave, less the receivers that are muted here, and those. After a fault of
    ours the receivers are not muted: they run."""
    try:
        picks = _picks(recorder, signal, sender)
        if not picks:
            return live, []
        if not _is_pair(live):
            raise TypeError("receivers that an override of _live_receivers hands out in its own way")
        muted: list[Any] = []
        kept = [_kept(recorder, picks, each, muted) for each in live]
        return (type(live)(kept) if muted else live), muted
    except Exception as fault:
        recorder.fault("mutes", fault)
        return live, []


def _picks(recorder: Recorder, signal: Any, sender: Any) -> list[Pick]:
    """What the mutes that hold here say about this dispatch."""
    task = _task()
    held = [each for each in MUTES.get() if each.holds(task)]
    held += [each for each in tuple(IN_FORCE) if each.everywhere]
    rules = [each.rule for each in held]
    return [
        pick for rule in rules if rule is not None and (pick := rule(signal, sender, recorder)) is not None
    ]


def _is_pair(live: Any) -> bool:
    """Whether receivers are given as Django gives them, or near enough to take some out."""
    plain = (tuple, list)
    return type(live) in plain and len(live) == 2 and all(type(each) in plain for each in live)


def _kept(recorder: Recorder, picks: list[Pick], receivers: Any, muted: list[Any]) -> Any:
    """Receivers in a list or tuple of the same type, without those that are ``muted`` from now on."""
    kept: list[Any] = []
    for each in receivers:
        (muted if _is_muted(recorder, picks, each) else kept).append(each)
    return type(receivers)(kept)


def _is_muted(recorder: Recorder, picks: list[Pick], receiver: Any) -> bool:
    try:
        return any(pick(receiver) for pick in picks)
    except Exception as fault:
        recorder.fault("mutes", fault)
        return False


def extra_of(
    recorder: Recorder, muted: Sequence[Any], task: str | None, failed: Sequence[Any] = ()
) -> dict[str, Any] | None:
    """What a fast loop's row says besides its calls, where receivers were muted or failed; never raises."""
    try:
        indexes = [recorder.receiver_index(each) for each in muted]
        facts = {"task": task, "outcomes": failed, "muted": indexes}
        return {key: value for key, value in facts.items() if value}
    except Exception as fault:
        recorder.fault("mutes", fault)
        return {"outcomes": failed} if failed else None


def enter_step(recorder: Recorder, own: tuple[Mute, ...] | None) -> tuple[Mute, ...]:
    """A step of an async receiver begins: its ``own`` mutes hold now, if it has had a step before. Gives
    those around it, for :func:`leave_step`: receivers share a context, and one's mutes are not another's."""
    try:
        around = MUTES.get()
        if own is not None and own is not around:
            MUTES.set(own)
        return around
    except Exception as fault:
        recorder.fault("mutes", fault)
        return ()


def leave_step(recorder: Recorder, around: tuple[Mute, ...]) -> tuple[Mute, ...] | None:
    """The step is over: gives the receiver's own mutes, which wait for its next one."""
    try:
        own = MUTES.get()
        if own is not around:
            MUTES.set(around)
        return own
    except Exception as fault:
        recorder.fault("mutes", fault)
        return None
