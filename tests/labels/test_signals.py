"""Signals' names: the right one of many, the same everywhere, found without running or holding anything."""

import gc
import sys
import tracemalloc
import types
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import signals as core_signals
from django.db.models import signals as model_signals
from django.dispatch import Signal

from signaltrace.labels.signals import SignalNames
from signaltrace.trace import SignalInfo
from tests.labels.strangers import KINDS, Woken, all_strangers, stranger

MakeModule = Callable[..., types.ModuleType]


@pytest.fixture
def make_module(tmp_path: Path) -> Iterator[MakeModule]:
    """Puts modules with given globals into `sys.modules`, with a source file if one is given."""
    made: list[str] = []

    def make(name: str, source: str | None = None, **attributes: Any) -> types.ModuleType:
        module = types.ModuleType(name)
        vars(module).update(attributes)
        if source is not None:
            path = tmp_path / f"{name}.py"
            path.write_text(source, encoding="utf-8")
            module.__file__ = str(path)
        sys.modules[name] = module
        made.append(name)
        return module

    yield make
    for name in made:
        sys.modules.pop(name, None)


def test_djangos_signals_have_the_names_of_the_documentation() -> None:
    """However many modules import them, and whichever was loaded first."""
    names = SignalNames()
    assert names.name(model_signals.post_save) == SignalInfo("django.db.models.signals.post_save", "django")
    assert names.name(core_signals.setting_changed).name == "django.core.signals.setting_changed"
    assert "django.test.signals.setting_changed" in names.aliases(core_signals.setting_changed)


def test_the_module_that_creates_it_wins_over_shorter_names(make_module: MakeModule) -> None:
    """Of twenty names the one whose source says `name = Signal()`; the others are kept as aliases."""
    paid = Signal()
    make_module("zz_shop.deep.down.events", "paid = Signal()\n", paid=paid)
    for number in range(20):
        make_module(f"zz{number}", "from zz_shop.deep.down.events import paid\n", paid=paid)
    make_module("zz_shop.signals", '"""Says `paid = Signal()` and does not."""\n', paid=paid)
    names = SignalNames()
    assert names.name(paid).name == "zz_shop.deep.down.events.paid"
    assert len(names.aliases(paid)) == 21
    assert SignalNames().name(paid) == names.name(paid)


@pytest.mark.parametrize(
    "source",
    [
        "paid: Signal = Signal()\n",
        "if True:\n    try:\n        paid = dispatch.Signal()\n    except X:\n        pass\n",
        "a = paid = Signal()\n",
        "other, paid = Signal(), Signal()\n",
        "with a:\n    paid = ModelSignal(use_caching=True)\n",
        "try:\n    x\nexcept X:\n    paid = Signal()\n",
    ],
)
def test_every_form_of_assignment_counts(make_module: MakeModule, source: str) -> None:
    """Annotated, chained, unpacked, under if, try and with."""
    paid = Signal()
    make_module("zz_shop.long.creator", source, paid=paid)
    make_module("zz", "from zz_shop.long.creator import paid\n", paid=paid)
    assert SignalNames().name(paid).name == "zz_shop.long.creator.paid"


@pytest.mark.parametrize(
    "source", ["paid = (", "\x00", "paid = other.paid\n", "def f():\n    paid = Signal()\n"]
)
def test_a_source_that_does_not_create_it_is_no_reason(make_module: MakeModule, source: str) -> None:
    """Broken files, aliases and locals: the shortest name is the better one then."""
    paid = Signal()
    make_module("zz_shop.long", source, paid=paid)
    make_module("zz", paid=paid)
    assert SignalNames().name(paid).name == "zz.paid"


def test_a_module_called_signals_comes_before_a_shorter_one(make_module: MakeModule) -> None:
    """Where no source can be read; among those the shortest, then the first by alphabet."""
    paid = Signal()
    make_module("zz", paid=paid)
    make_module("zz_shop.orders.signals", paid=paid)
    make_module("zz_shop.other.signals", paid=paid, paie=paid)
    assert SignalNames().name(paid).name == "zz_shop.other.signals.paid"


def test_an_importable_name_wins_over_classes_and_containers(make_module: MakeModule) -> None:
    """And a class attribute over a place in a container."""
    one, two, three = Signal(), Signal(), Signal()
    holder = type("Shop", (), {"one": one, "two": two, "__module__": "zz_a"})
    make_module("zz_a", Shop=holder, ALL={"one": one, "two": two, "three": three})
    make_module("zz_shop.with_a.long_name", one=one)
    names = SignalNames()
    assert names.name(one).name == "zz_shop.with_a.long_name.one"
    assert names.name(two).name == "zz_a.Shop.two"
    assert names.name(three).name == "zz_a.ALL['three']"
    assert names.aliases(one) == ()


def test_containers_of_every_kind(make_module: MakeModule) -> None:
    """By key, by index; members of a set are counted, for a set has no order."""
    a, b, c, d, e = (Signal() for _ in range(5))
    inner = type("Inner", (), {"a": a, "__module__": "zz", "__qualname__": "Outer.Inner"})
    outer = type("Outer", (), {"Inner": inner, "known": [b], "__module__": "zz"})
    make_module("zz", Outer=outer, ORDER=(Signal(), c), BY={int: d, 3: None}, SET={e})
    names = SignalNames()
    found = [names.name(each).name for each in (a, b, c, d, e)]
    assert found == ["zz.Outer.Inner.a", "zz.Outer.known[0]", "zz.ORDER[1]", "zz.BY[int]", "member of zz.SET"]


def test_a_signal_kept_nowhere_gets_a_number_for_good() -> None:
    """The same one has the same placeholder in every index of the process."""
    first, second = Signal(), Signal()
    names = SignalNames()
    one, two = names.name(first).name, names.name(second).name
    assert one.startswith("unnamed Signal #")
    assert int(two.rpartition("#")[2]) == int(one.rpartition("#")[2]) + 1
    assert SignalNames().name(first).name == names.name(first).name == one


def test_where_it_was_created_is_told_if_python_knows() -> None:
    """With tracemalloc on, the line is a better name; two from one line are told apart."""
    tracemalloc.start(5)
    try:
        made = [Signal() for _ in range(2)]
        line = test_where_it_was_created_is_told_if_python_knows.__code__.co_firstlineno + 4
        names = [SignalNames().name(each) for each in made]
    finally:
        tracemalloc.stop()
    place = f"Signal created at tests/labels/test_signals.py:{line}"
    assert [each.name for each in names] == [place, f"{place} #2"]
    assert names[0].mine


def test_a_signal_defined_later_is_found(make_module: MakeModule) -> None:
    """A module loaded, or filled, after the first search is searched when its signal is asked for."""
    names = SignalNames()
    names.refresh()
    late, later = Signal(), Signal()
    module = make_module("zz", late=late)
    assert names.name(late).name == "zz.late"
    module.__dict__["later"] = later
    assert names.name(later).name == "zz.later"
    del module.__dict__["later"]
    names.refresh()
    assert names.name(later).name.startswith("unnamed Signal #")


@pytest.fixture
def without_collections() -> Iterator[None]:
    """Hypothesis counts garbage collections in a module's global."""
    gc.disable()
    yield
    gc.enable()


def test_refresh_reads_only_what_changed(make_module: MakeModule, without_collections: None) -> None:
    """Asking again with nothing new loaded changes nothing."""
    names = SignalNames()
    assert names.refresh()
    assert not names.refresh()
    make_module("zz", x=1)
    assert names.refresh()
    assert not names.refresh()


def test_strangers_in_modules_are_not_touched(make_module: MakeModule) -> None:
    """No isinstance, no getattr, no iteration, no hash, no comparison; lazy modules stay unloaded."""
    paid = Signal()
    odd = {f"s{number}": each for number, each in enumerate(all_strangers())}
    make_module("zz", paid=paid, LIST=all_strangers(), MAP={5: stranger("by metaclass")}, **odd)
    holder = type("Holder", (), {**odd, "__module__": "zz"})
    make_module("zz_b", Holder=holder)
    keys = [f"zz_{kind}" for kind in KINDS]
    try:
        for key, each in zip(keys, all_strangers(), strict=True):
            sys.modules[key] = each
        sys.modules[5] = None  # type: ignore[assignment, index]
        names = SignalNames()
        assert names.name(paid).name == "zz.paid"
        assert names.aliases(paid) == ()
    except Woken:
        pytest.fail("user code ran")
    finally:
        for key in (*keys, 5):
            del sys.modules[key]  # type: ignore[arg-type]


def test_a_signal_class_that_minds_being_looked_at(make_module: MakeModule) -> None:
    """Subclasses may define equality, hash and attributes: signals are told apart by identity."""

    def refuse(*args: Any) -> Any:
        raise Woken

    odd = type("Odd", (Signal,), {"__eq__": refuse, "__hash__": refuse, "__getattribute__": refuse})
    one, two = odd(), odd()
    make_module("zz", one=one, two=two)
    try:
        names = SignalNames()
        assert names.name(one).name == "zz.one"
        assert names.name(two).name == "zz.two"
    except Woken:
        pytest.fail("user code ran")


def test_nothing_is_held(make_module: MakeModule) -> None:
    """Signals, modules and classes go as they would without an index, and a reused id is not mistaken."""
    names = SignalNames()
    signal, unnamed = Signal(), Signal()
    holder = type("Holder", (), {"s": signal, "__module__": "zz"})
    module = make_module("zz", signal=signal, Holder=holder)
    names.name(signal)
    names.name(unnamed)
    watched = [weakref.ref(each) for each in (signal, unnamed, holder, module)]
    del sys.modules["zz"], signal, unnamed, holder, module
    gc.collect()
    assert [each() for each in watched] == [None] * 4
    assert all(each is not None for each in names.signals())


def test_a_program_full_of_nameless_signals_is_not_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some vain searches only a newly loaded module is a reason for another."""
    names = SignalNames()
    kept = [Signal() for _ in range(200)]
    searches = []
    search = SignalNames.refresh
    monkeypatch.setattr(SignalNames, "refresh", lambda self: searches.append(1) or search(self))
    assert len({names.name(each).name for each in kept}) == 200
    assert len(searches) == 16


def test_mine_and_app_of_a_signal(make_module: MakeModule) -> None:
    """The signal is the user's where the module that names it is."""
    paid = Signal()
    module = make_module("tests.testapp.zz_signals", paid=paid)
    module.__file__ = str(Path(__file__).parent / "zz_signals.py")
    assert SignalNames().name(paid) == SignalInfo("tests.testapp.zz_signals.paid", "testapp", True)
