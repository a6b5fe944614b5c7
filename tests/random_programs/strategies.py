"""Hypothesis strategies for programs.py: small parts, freely combined."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.random_programs.programs import (
    ASYNC_KINDS,
    ENDS,
    SENDERS,
    SIGNAL_KINDS,
    SYNC_KINDS,
    Cancel,
    Connect,
    Disconnect,
    Drop,
    Look,
    Pause,
    Program,
    Receiver,
    Send,
    Step,
    Task,
    Thread,
)

WAYS = ("plain", "plain", "hop", "direct")
# Most receivers hear everything and return: what ends a dispatch early hides the rest of the program.
CONNECTED_TO = ("none", "none", "none", *SENDERS)
UIDS = (None, None, None, "uid")
ENDINGS = ("value", "value", "value", "value", *ENDS)


def sends(signals: int) -> st.SearchStrategy[Send]:
    """A dispatch by any of the methods, in any way."""
    sender, way = st.sampled_from(SENDERS), st.sampled_from(WAYS)
    return st.builds(Send, st.integers(0, signals - 1), sender, st.booleans(), way, st.booleans())


def connects(signals: int, receivers: st.SearchStrategy[int]) -> st.SearchStrategy[Connect]:
    """A connection of one of these receivers."""
    signal, sender = st.integers(0, signals - 1), st.sampled_from(CONNECTED_TO)
    return st.builds(Connect, signal, receivers, sender, st.booleans(), st.sampled_from(UIDS))


def steps(signals: int, receivers: int, connected: list[Connect]) -> st.SearchStrategy[Step]:
    """One step of a program with so many signals and receivers; more than half of them are dispatches, and
    most disconnects take back what is ``connected``."""
    signal, receiver = st.integers(0, signals - 1), st.integers(0, receivers - 1)
    sender, uid = st.sampled_from(SENDERS), st.sampled_from(UIDS)
    taken_back = [Disconnect(each.signal, each.receiver, each.sender, each.uid) for each in connected]
    disconnect = st.builds(Disconnect, signal, receiver, st.sampled_from(CONNECTED_TO), uid)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "send": sends(signals),
        "connect": connects(signals, receiver),
        "disconnect": st.sampled_from(taken_back),
        "any disconnect": disconnect,
        "drop": st.builds(Drop, receiver),
        "look": st.builds(Look, signal, sender),
        "pause": st.just(Pause()),
        "cancel": st.just(Cancel()),
    }
    often = ("send", "send", "send", "pause", "disconnect")
    body = several(st.sampled_from((*often, *simple)).flatmap(simple.__getitem__), (1, 1, 2))
    every = {
        **simple,
        "thread": st.builds(Thread, body, st.booleans()),
        "task": st.builds(Task, body, st.sampled_from(("now", "now", "later", "cancelled"))),
    }
    return st.sampled_from((*["send"] * 9, *["disconnect"] * 2, *every)).flatmap(every.__getitem__)


def several(step: st.SearchStrategy[Any], sizes: tuple[int, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """So many steps. Lists of Hypothesis are short ones for the most part."""
    return st.sampled_from(sizes).flatmap(lambda size: st.tuples(*[step] * size))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of up to three signals and six receivers, each connected at least once."""
    signals, receivers = draw(st.sampled_from((2, 1, 3))), draw(st.sampled_from((4, 2, 3, 5, 6)))
    first = [draw(connects(signals, st.just(number))) for number in range(receivers)]
    more = draw(several(connects(signals, st.integers(0, receivers - 1)), (0, 1, 3)))
    step = steps(signals, receivers, [*first, *more])
    # one async receiver is enough to take a dispatch off the quickest way: some programs have none
    both = (*SYNC_KINDS, *ASYNC_KINDS)
    kinds = draw(st.sampled_from((SYNC_KINDS, both, (*both, *ASYNC_KINDS))))
    bodies = several(step, (1, 1, 2, 0, 3))
    made = st.builds(Receiver, st.sampled_from(kinds), bodies, st.sampled_from(ENDINGS))
    caching = st.sampled_from((False, False, True))
    specs = st.tuples(st.sampled_from(("plain", "plain", *SIGNAL_KINDS)), caching)
    return Program(
        signals=draw(st.tuples(*[specs] * signals)),
        receivers=draw(st.tuples(*[made] * receivers)),
        connections=(*first, *more),
        body=(*draw(several(sends(signals), (1, 2))), *draw(several(step, (2, 1, 3, 4)))),
        root=draw(st.sampled_from(("sync", "asyncio"))),
    )
