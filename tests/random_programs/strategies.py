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


def steps(signals: int, receivers: int) -> st.SearchStrategy[Step]:
    """One step of a program with so many signals and receivers; most are dispatches."""
    signal, receiver = st.integers(0, signals - 1), st.integers(0, receivers - 1)
    sender = st.sampled_from(SENDERS)
    uid = st.sampled_from((None, None, "uid"))
    sends = st.builds(Send, signal, sender, st.booleans(), st.sampled_from(WAYS), st.booleans())
    simple: list[st.SearchStrategy[Any]] = [
        sends,
        sends,
        sends,
        st.builds(Connect, signal, receiver, sender, st.booleans(), uid),
        st.builds(Disconnect, signal, receiver, sender, uid),
        st.builds(Drop, receiver),
        st.builds(Look, signal, sender),
        st.just(Pause()),
        st.just(Cancel()),
    ]
    leaf = st.one_of(simple)
    inner = st.lists(leaf, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        *simple,
        st.builds(Thread, inner, st.booleans()),
        st.builds(Task, inner, st.sampled_from(("now", "now", "later", "cancelled"))),
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of up to three signals and six receivers."""
    signals = draw(st.integers(1, 3))
    receivers = draw(st.integers(1, 6))
    step = steps(signals, receivers)
    bodies = st.lists(step, max_size=3).map(tuple)
    connections = st.builds(
        Connect,
        st.integers(0, signals - 1),
        st.integers(0, receivers - 1),
        st.sampled_from(("none", "none", "none", *SENDERS)),
        st.booleans(),
        st.sampled_from((None, None, None, "uid")),
    )
    kinds = st.sampled_from((*SYNC_KINDS, *ASYNC_KINDS, *ASYNC_KINDS))
    return Program(
        signals=draw(
            st.tuples(*[st.tuples(st.sampled_from(("plain", *SIGNAL_KINDS)), st.booleans())] * signals)
        ),
        receivers=draw(
            st.tuples(
                *[st.builds(Receiver, kinds, bodies, st.sampled_from(("value", "value", "value", *ENDS)))] * receivers
            )
        ),
        connections=draw(st.lists(connections, min_size=1, max_size=8).map(tuple)),
        body=draw(st.lists(step, min_size=1, max_size=4).map(tuple)),
        root=draw(st.sampled_from(("sync", "asyncio"))),
    )
