"""Names that are kept from one reading of a recording to the next: only while they are true."""

from __future__ import annotations

import gc
import sys
import types
import weakref

import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal

import signaltrace
from signaltrace.capture import assembly
from signaltrace.labels import standing
from signaltrace.labels.looking import loaded
from signaltrace.labels.signals import SignalNames
from signaltrace.labels.standing import recall, remember
from signaltrace.trace import SignalInfo


class Holder:
    """A class with a signal."""

    sent = Signal()


kept = [Signal()]


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests kept is not there."""
    monkeypatch.setattr(standing, "_names", {})


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A loaded module with one signal."""
    made = types.ModuleType("zz_standing")
    made.__dict__["paid"] = Signal()
    monkeypatch.setitem(sys.modules, "zz_standing", made)
    return made


@pytest.mark.parametrize("signal", [post_save, Holder.sent])
def test_what_is_kept_is_what_a_search_gives(signal: Signal) -> None:
    """Name, app and owner alike, for a module's signal and a class's."""
    found = SignalNames().name(signal)
    assert recall(signal) is None
    remember(signal, found.name)
    assert recall(signal) == found


def test_a_name_is_kept_for_its_very_signal(module: types.ModuleType) -> None:
    """Another signal under the name, or none, ends it; the old one is searched for again."""
    paid = module.paid
    remember(paid, "zz_standing.paid")
    assert recall(paid) == SignalInfo("zz_standing.paid", "zz_standing", False)
    module.__dict__["paid"] = Signal()
    assert recall(paid) is None
    assert recall(module.paid) is None
    del module.__dict__["paid"]
    assert recall(paid) is None


@pytest.mark.parametrize("name", ["zz_standing.kept[0]", "unnamed Signal #1", "a.b", "", "nothing"])
def test_a_name_that_leads_nowhere_is_not_kept(name: str) -> None:
    """Places in containers, numbers: what can't be looked up in a moment is searched for each time."""
    remember(kept[0], name)
    assert standing._names == {}
    assert recall(kept[0]) is None


def test_no_signal_is_held(module: types.ModuleType) -> None:
    """What was kept goes with the signal, before its id is another's."""
    remember(module.paid, "zz_standing.paid")
    watched = weakref.ref(module.paid)
    del module.__dict__["paid"]
    gc.collect()
    assert watched() is None
    assert standing._names == {}


def test_one_search_for_many_readings(module: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace that is read again after each dispatch searches the modules once for each new signal."""
    searches: list[SignalNames] = []
    refresh = SignalNames.refresh
    monkeypatch.setattr(SignalNames, "refresh", lambda self: searches.append(self) or refresh(self))

    def names(recording: signaltrace.Recording) -> list[str]:
        return [signal.name for signal in recording.trace.signals]

    with signaltrace.record(orphaned=True) as recording:
        module.paid.send(None)
        assert names(recording) == ["zz_standing.paid"]
        module.paid.send(None)
        assert names(recording) == ["zz_standing.paid"]
        assert len(searches) == 1
        Holder.sent.send(None)
        assert names(recording) == ["zz_standing.paid", f"{__name__}.Holder.sent"]
        assert len(searches) == 2
    assert names(recording) == ["zz_standing.paid", f"{__name__}.Holder.sent"]
    assert len(searches) == 2
    assert assembly.recall is recall


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        (f"{__name__}.kept", kept),
        (f"{__name__}.Holder.sent", Holder.sent),
        ("django.db.models.signals.post_save", post_save),
        (f"{__name__}.Holder.missing", None),
        (f"{__name__}.missing.sent", None),
        ("no_such_module.thing", None),
        ("kept", None),
        ("", None),
        ("..", None),
    ],
)
def test_what_is_loaded_under_a_name(name: str, thing: object) -> None:
    """A module's global or a class's attribute; nothing is imported to find it."""
    assert loaded(name) is thing
