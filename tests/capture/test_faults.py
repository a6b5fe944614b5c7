"""Faults of our own, a few by hand: counted, told, and a broken probe is switched off. In every function of
``capture``: test_faults_everywhere.py."""

from __future__ import annotations

from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture import (
    arguments,
    callsite,
    names,
)
from signaltrace.capture.recording import record


class Broken(Exception):
    """What our functions raise here."""


def breaking(*args: Any, **kwargs: Any) -> Any:
    """Stands for any function of ours, on a bad day."""
    raise Broken("our own fault")


def test_faults_are_counted() -> None:
    """One entry for each kind of fault, with how often it happened; other spans are recorded."""

    def receive(**kwargs: Any) -> None:
        pass

    signal = Signal()
    signal.connect(receive)
    with record() as recording:
        monkeypatch = pytest.MonkeyPatch()
        monkeypatch.setattr(names, "describe_receiver", breaking)
        for _ in range(3):
            signal.send(None)
        monkeypatch.undo()
        signal.send(None)
    (fault,) = recording.trace.faults
    assert (fault.where, fault.message, fault.count) == ("receiver name", "Broken: our own fault", 3)
    labels = [span.label for _, span in recording.trace.walk() if span.receiver]
    assert labels == ["(a receiver that could not be named)"] * 3 + [
        f"{__name__}.test_faults_are_counted.<locals>.receive"
    ]


@pytest.mark.parametrize(
    ("owner", "name", "where"),
    [
        (arguments, "_describe", "arguments (switched off)"),
        (callsite.Sites, "_learn", "call site (switched off)"),
    ],
)
def test_a_broken_probe_is_switched_off(
    owner: Any, name: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe that failed is not asked again in this recording; all the rest is recorded."""
    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    with record() as recording:
        monkeypatch.setattr(owner, name, breaking)
        for _ in range(3):
            signal.send(None, thing=object())
        monkeypatch.undo()
        signal.send(None, number=1)
    (fault,) = recording.trace.faults
    assert (fault.where, fault.count) == (where, 1)
    assert len(recording.trace.roots()) == 4
