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


def steps(signals: int, receivers: int) -> st.SearchStrategy[Step]:
    """One step of a program with so many signals and receivers; half of them are dispatches."""
    signal, receiver = st.integers(0, signals - 1), st.integers(0, receivers - 1)
    sender = st.sampled_from(SENDERS)
    send = sends(signals)
    other: list[st.SearchStrategy[Any]] = [
        connects(signals, receiver),
        st.builds(Disconnect, signal, receiver, sender, st.sampled_from(UIDS)),
        st.builds(Drop, receiver),
        st.builds(Look, signal, sender),
        st.sampled_from((Pause(), Pause(), Cancel())),
    ]
    inner = st.lists(st.one_of(send, send, *other), min_size=1, max_size=2).map(tuple)
    thread = st.builds(Thread, inner, st.booleans())
    task = st.builds(Task, inner, st.sampled_from(("now", "now", "later", "cancelled")))
    return st.one_of(*[send] * 7, *other, thread, task)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of up to three signals and six receivers, each connected at least once."""
    signals, receivers = draw(st.integers(1, 3)), draw(st.integers(2, 6))
    step = steps(signals, receivers)
    kinds = st.sampled_from((*SYNC_KINDS, *ASYNC_KINDS, *ASYNC_KINDS))
    bodies = st.lists(step, max_size=3).map(tuple)
    made = st.builds(Receiver, kinds, bodies, st.sampled_from(ENDINGS))
    specs = st.tuples(st.sampled_from(("plain", *SIGNAL_KINDS)), st.sampled_from((False, False, True)))
    first = [draw(connects(signals, st.just(number))) for number in range(receivers)]
    more = draw(st.lists(connects(signals, st.integers(0, receivers - 1)), max_size=3))
    return Program(
        signals=draw(st.tuples(*[specs] * signals)),
        receivers=draw(st.tuples(*[made] * receivers)),
        connections=(*first, *more),
        body=(*draw(st.lists(sends(signals), min_size=1, max_size=2)), *draw(st.lists(step, max_size=4))),
        root=draw(st.sampled_from(("sync", "asyncio"))),
    )
