"""What tests and fixtures leave connected or disconnected: found by comparing, told once, nothing held."""

import gc
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import django
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.signals import setting_changed
from django.db.models.signals import post_save
from django.dispatch import Signal

from signaltrace.suite.leaks import Leak, LeakSearch, Left
from tests.testapp import models as testapp_models

paid = Signal()
shipped = Signal()


def notify(**kwargs: object) -> None:
    """Connected before each test, under any sender."""


def index(**kwargs: object) -> None:
    """Connected before each test, as well."""


def late(**kwargs: object) -> None:
    """Not connected before a test."""


class Recorder:
    """Has a method that is a receiver."""

    def on_paid(self, **kwargs: object) -> None:
        """The receiver."""


@pytest.fixture(autouse=True)
def connected() -> Iterator[None]:
    """Two receivers on one signal; whatever a test leaves is cleared."""
    paid.connect(notify)
    paid.connect(index, sender=Recorder)
    yield
    for signal in (paid, shipped):
        signal.receivers = []
        signal.sender_receivers_cache.clear()
    post_save.disconnect(late)


@pytest.fixture
def search() -> LeakSearch:
    """A search at which a test has begun."""
    found = LeakSearch()
    assert found.begin() == []
    return found


HERE = __name__


def words(found: list[Left]) -> list[str]:
    """What was found, in the words of the summary, without the module's name."""
    leaks = [Leak.of(each, "test") for each in found]
    return sorted(each.sentence(each.signal).replace(f"{HERE}.", "") for each in leaks)


def left_of(search: LeakSearch, *values: object) -> list[str]:
    """What the test has left."""
    return words(search.end(values))


def standing(search: LeakSearch, signal: Signal, receiver: Callable[..., None], **named: Any) -> None:
    """Connect before the test, so that it is what the test has to leave."""
    search.end()
    signal.connect(receiver, **named)
    search.begin()


class Part:
    """A fixture of a wider scope: `up` and `down` are what it does."""

    def __init__(self, search: LeakSearch, name: str = "fixture 'part' (module)") -> None:
        self.search = search
        self.name = name

    def up(self, *steps: Callable[[], object]) -> None:
        """Set up."""
        self.search.fixture_begins(self)
        for step in steps:
            step()
        self.search.fixture_is_up(self)

    def down(self, *steps: Callable[[], object]) -> None:
        """Torn down."""
        self.search.fixture_ends(self)
        for step in steps:
            step()
        self.search.fixture_is_down(self, self.name)


# -- what is a leak --------------------------------------------------------------------------------


def test_a_receiver_left_connected_is_named(search: LeakSearch) -> None:
    """Signal, sender, receiver and place are told of what was not connected before."""
    paid.connect(late, sender=Recorder)
    (found,) = search.end()
    assert words([found]) == ["left connected: late to paid of Recorder"]
    leak = Leak.of(found, "tests/test_shop.py::test_a", "gw0")
    assert leak.file == __file__
    assert leak.line == late.__code__.co_firstlineno
    assert Leak.from_list(leak.to_list()) == leak
    assert all(type(each) in (str, int) for each in leak.to_list())


def test_a_receiver_left_disconnected_is_named(search: LeakSearch) -> None:
    """What was connected before and is no more."""
    assert paid.disconnect(notify)
    assert left_of(search) == ["left disconnected: notify from paid of any sender"]


def test_an_emptied_list_is_named_receiver_by_receiver(search: LeakSearch) -> None:
    """As muting by hand leaves it when nobody puts it back."""
    paid.receivers = []
    assert left_of(search) == [
        "left disconnected: index from paid of Recorder",
        "left disconnected: notify from paid of any sender",
    ]


def test_a_receiver_whose_owner_went_away_is_named(search: LeakSearch) -> None:
    """A weak receiver that stood before the test and was collected in it."""
    recorder = Recorder()
    standing(search, shipped, recorder.on_paid)
    del recorder
    assert left_of(search) == ["let a receiver be collected: Recorder.on_paid, of shipped and any sender"]


def test_each_sender_and_uid_is_a_connection_of_its_own(search: LeakSearch) -> None:
    """One receiver connected three times is told three times."""
    paid.connect(late, sender=Recorder)
    paid.connect(late)
    paid.connect(late, dispatch_uid="again")
    assert left_of(search) == [
        "left connected: late to paid of Recorder",
        "left connected: late to paid of any sender",
        "left connected: late to paid of any sender",
    ]


def test_models_as_senders_go_by_their_labels(search: LeakSearch) -> None:
    """Django 5.2 keeps nothing but the id of a sender: it is found all the same."""
    model = next(each for each in vars(testapp_models).values() if hasattr(each, "_meta"))
    post_save.connect(late, sender=model)
    try:
        label = model._meta.label
        assert left_of(search) == [f"left connected: late to django.db.models.signals.post_save of {label}"]
    finally:
        post_save.disconnect(late, sender=model)


def test_another_receiver_at_the_same_address_is_another(search: LeakSearch) -> None:
    """Ids are given anew: the key is the same, the receiver is not."""

    def make() -> Callable[..., None]:
        def local(**kwargs: object) -> None: ...

        return local

    first = make()
    standing(search, shipped, first, weak=False)
    address = id(first)
    shipped.disconnect(first)
    del first
    others = []
    for _ in range(1_000):
        others.append(make())
        if id(others[-1]) == address:
            break
    else:
        pytest.skip("the address was not given anew")
    shipped.connect(others[-1], weak=False)
    told = left_of(search)
    assert [each.split(":")[0] for each in told] == ["left connected", "let a receiver be collected"]


def test_the_same_uid_for_another_receiver_is_a_leak(search: LeakSearch) -> None:
    """What is connected under a dispatch_uid can be exchanged: the one is gone, the other has come."""
    standing(search, shipped, notify, dispatch_uid="only one")
    shipped.disconnect(dispatch_uid="only one")
    shipped.connect(late, dispatch_uid="only one")
    assert left_of(search) == [
        "left connected: late to shipped of any sender",
        "left disconnected: notify from shipped of any sender",
    ]


@pytest.mark.skipif(django.VERSION < (6, 0), reason="Django 5.2 does not watch senders")
def test_a_sender_that_went_away_takes_its_receivers_along(search: LeakSearch) -> None:
    """Since 6.0 Django drops a receiver whose sender was collected."""
    sender = Recorder()
    standing(search, paid, late, sender=sender)
    del sender
    assert left_of(search) == ["let a receiver be collected: late, of paid and instance of Recorder"]


# -- what is none ----------------------------------------------------------------------------------


def test_what_is_undone_is_no_leak(search: LeakSearch) -> None:
    """Connected and disconnected, disconnected and connected again, at another place in the order."""
    paid.connect(late)
    paid.disconnect(late)
    paid.disconnect(notify)
    paid.connect(notify)
    assert [fields[0][0] for fields in paid.receivers] == [id(index), id(notify)]
    assert left_of(search) == []


def test_a_list_put_back_is_no_leak(search: LeakSearch) -> None:
    """Muting by hand, done right: emptied, and put back as another list."""
    kept, paid.receivers = paid.receivers, []
    Part(search).up(lambda: shipped.connect(late))  # somebody looks meanwhile
    paid.receivers = list(kept)
    assert left_of(search) == []


def test_a_local_receiver_that_goes_with_the_test_is_no_leak(search: LeakSearch) -> None:
    """Django forgets it by itself."""

    def test() -> None:
        def local(**kwargs: object) -> None: ...

        paid.connect(local)

    test()
    assert left_of(search) == []


def test_what_waits_for_the_garbage_collector_is_no_leak(search: LeakSearch) -> None:
    """A local receiver in a circle of references lives a little longer than its test."""
    gc.disable()
    try:
        recorder = Recorder()
        recorder.me = recorder  # type: ignore[attr-defined]
        paid.connect(recorder.on_paid)
        watched = weakref.ref(recorder)
        del recorder
        assert watched() is not None
        assert left_of(search) == []
    finally:
        gc.enable()


def test_what_a_fixture_gave_the_test_is_let_go_after_it(search: LeakSearch) -> None:
    """pytest keeps the values of fixtures a little longer: it is asked again when they are gone."""
    recorder = Recorder()
    paid.connect(recorder.on_paid)
    assert left_of(search, recorder) == []
    del recorder
    assert search.begin() == []
    assert left_of(search) == []


def test_what_stays_when_values_are_let_go_is_told_late(search: LeakSearch) -> None:
    """Whoever else holds it: the receiver is connected, so it is told."""
    recorder = Recorder()
    paid.connect(recorder.on_paid)
    assert left_of(search, [recorder]) == []
    assert words(search.begin()) == ["left connected: Recorder.on_paid to paid of any sender"]
    assert left_of(search) == []


def test_what_only_a_failure_holds_is_no_leak(search: LeakSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed test's variables live until the next failure: that is no doing of its own."""

    def failing() -> None:
        def local(**kwargs: object) -> None: ...

        paid.connect(local)
        paid.connect(late)
        raise LookupError

    try:
        failing()
    except LookupError as error:
        monkeypatch.setattr(sys, "last_value", error, raising=False)
    assert left_of(search) == ["left connected: late to paid of any sender"]
    search.begin()
    monkeypatch.undo()
    gc.collect()
    assert left_of(search) == []


def test_receivers_of_a_module_imported_meanwhile_belong_to_the_project(
    search: LeakSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URLconf imported at the first request connects for good; what a test connects besides is its own."""
    module = types.ModuleType("imported_late")
    monkeypatch.setitem(sys.modules, "imported_late", module)
    exec("def receiver(**kwargs): ...\nclass Sender: ...", module.__dict__)
    paid.connect(module.receiver)
    paid.connect(notify, sender=module.Sender)
    paid.connect(late)
    assert left_of(search) == ["left connected: late to paid of any sender"]
    search.begin()
    paid.disconnect(module.receiver)
    assert left_of(search) == ["left disconnected: imported_late.receiver from paid of any sender"]


def test_a_signal_of_a_module_imported_meanwhile_is_watched(
    search: LeakSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is connected to a new signal is found, in the test that connects it."""
    module = types.ModuleType("imported_later")
    module.refunded = Signal()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "imported_later", module)
    module.refunded.connect(late)
    assert left_of(search) == ["left connected: late to imported_later.refunded of any sender"]
    search.begin()
    module.refunded.disconnect(late)
    module.refunded.connect(notify)
    assert left_of(search) == ["left connected: notify to imported_later.refunded of any sender"]


def test_of_a_signal_that_is_gone_nothing_is_told() -> None:
    """Its receivers can do nothing more."""
    local = Signal()
    local.connect(late, weak=False)
    search = LeakSearch()
    search.begin()
    local.connect(notify, weak=False)
    Part(search).up()  # somebody looks meanwhile
    watched = weakref.ref(local)
    del local
    assert watched() is None
    assert left_of(search) == []


# -- who is named ----------------------------------------------------------------------------------


def test_a_leak_is_told_once(search: LeakSearch) -> None:
    """The tests after it begin with what it has left; to undo it is no leak."""
    paid.connect(late)
    paid.disconnect(notify)
    assert len(left_of(search)) == 2
    search.begin()
    assert left_of(search) == []
    search.begin()
    paid.disconnect(late)
    paid.connect(notify)
    assert left_of(search) == []
    search.begin()
    paid.connect(late)
    assert left_of(search) == ["left connected: late to paid of any sender"]


def test_what_happens_between_tests_is_nobodys(search: LeakSearch) -> None:
    """Only what changes from a test's beginning to its end is its doing."""
    search.end()
    paid.connect(late)
    search.begin()
    assert left_of(search) == []


def test_a_test_whose_end_was_not_told_is_named_late(search: LeakSearch) -> None:
    """Its teardown failed, say: the next test is not blamed."""
    paid.connect(late)
    assert words(search.begin()) == ["left connected: late to paid of any sender"]
    assert left_of(search) == []


# -- fixtures of a wider scope ---------------------------------------------------------------------


def test_what_a_wider_fixture_undoes_is_no_leak(search: LeakSearch) -> None:
    """It connects, and disconnects, for the tests in between."""
    part = Part(search)
    part.up(lambda: paid.connect(late), lambda: paid.disconnect(notify))
    assert left_of(search) == []
    search.begin()
    assert left_of(search) == []
    search.begin()
    part.down(lambda: paid.disconnect(late), lambda: paid.connect(notify))
    assert left_of(search) == []


def test_what_a_wider_fixture_leaves_is_told_when_it_ends(search: LeakSearch) -> None:
    """Of the fixture, with the test it ended with; what its end does besides is its own as well."""
    part = Part(search)
    part.up(lambda: paid.connect(late))
    assert left_of(search) == []
    search.begin()
    part.down(lambda: paid.disconnect(notify))
    assert left_of(search) == [
        "fixture 'part' (module) left connected: late to paid of any sender",
        "fixture 'part' (module) left disconnected: notify from paid of any sender",
    ]
    search.begin()
    assert left_of(search) == []


def test_the_test_is_named_for_its_own_part(search: LeakSearch) -> None:
    """What changes beside a wider fixture is the test's; what the fixture's end undoes for it is none."""
    part = Part(search)
    paid.connect(late)
    part.up(lambda: paid.connect(notify, sender=Recorder))
    shipped.connect(late)
    shipped.connect(notify)
    part.down(lambda: paid.disconnect(notify, sender=Recorder), lambda: shipped.disconnect(notify))
    assert left_of(search) == [
        "left connected: late to paid of any sender",
        "left connected: late to shipped of any sender",
    ]


def test_a_test_that_breaks_a_wider_fixture_is_named(search: LeakSearch) -> None:
    """It disconnects what the fixture holds connected; the fixture is not blamed for it."""
    part = Part(search)
    part.up(lambda: paid.connect(late))
    search.end()
    search.begin()
    paid.disconnect(late)
    assert left_of(search) == ["left disconnected: late from paid of any sender"]
    search.begin()
    part.down(lambda: paid.disconnect(late))
    assert left_of(search) == []


def test_fixtures_inside_of_each_other_are_told_apart(search: LeakSearch) -> None:
    """One that is set up or torn down by another is named for its own part."""
    outer, inner = Part(search, "fixture 'outer' (session)"), Part(search, "fixture 'inner' (module)")
    outer.up(lambda: paid.connect(late), lambda: inner.up(lambda: shipped.connect(late)))
    assert left_of(search) == []
    search.begin()
    outer.down(lambda: inner.down(), lambda: paid.disconnect(late))
    assert left_of(search) == ["fixture 'inner' (module) left connected: late to shipped of any sender"]


def test_a_fixture_that_ends_after_the_last_test_is_told(search: LeakSearch) -> None:
    """A run that stops early ends them when nobody runs any more."""
    part = Part(search)
    part.up(lambda: paid.connect(late))
    search.end()
    part.down()
    assert words(search.close()) == ["fixture 'part' (module) left connected: late to paid of any sender"]


# -- nothing is held, nothing is asked -------------------------------------------------------------


@pytest.mark.parametrize("weak", [True, False])
def test_nothing_is_held(weak: bool) -> None:
    """Receivers, senders and uids go when the program lets them go, whatever was noted of them."""
    recorder, sender, uid = Recorder(), Recorder(), Recorder()
    paid.connect(recorder.on_paid, sender=sender, dispatch_uid=uid, weak=weak)
    paid.connect(recorder.on_paid, sender=sender, weak=weak)
    search = LeakSearch()
    search.begin()
    search.end()
    assert paid.disconnect(recorder.on_paid, sender=sender, dispatch_uid=uid)
    assert paid.disconnect(recorder.on_paid, sender=sender)
    watched = [weakref.ref(each) for each in (recorder, sender, uid)]
    gc.disable()
    try:
        del recorder, sender, uid
        assert [each() for each in watched] == [None, None, None]
    finally:
        gc.enable()


class Odd:
    """A uid that must not be compared with anything but itself."""

    asked = False

    def __eq__(self, other: object) -> bool:
        Odd.asked = Odd.asked or other is not self
        return other is self

    def __hash__(self) -> int:
        return 5


def test_uids_are_not_asked_what_they_are() -> None:
    """Anything hashable may be one."""
    uid = Odd()
    shipped.connect(notify, dispatch_uid=uid)
    search = LeakSearch()
    search.begin()
    shipped.receivers.reverse()
    assert left_of(search) == []
    search.begin()
    shipped.disconnect(dispatch_uid=uid)
    assert left_of(search) == ["left disconnected: notify from shipped of any sender"]
    assert not Odd.asked


class Hidden(Signal):
    """Keeps its receivers behind a property, which nobody asks."""

    asked = 0

    @property
    def receivers(self) -> list[Any]:
        """Counts who asks."""
        Hidden.asked += 1
        return self.__dict__.setdefault("receivers", [])

    @receivers.setter
    def receivers(self, value: list[Any]) -> None:
        self.__dict__["receivers"] = value


def test_signals_of_odd_classes_are_read_without_their_code() -> None:
    """A subclass may make anything of its attributes."""
    signal = Hidden()
    signal.connect(notify)
    search = LeakSearch()
    search.begin()
    signal.connect(late)
    before = Hidden.asked
    (told,) = search.end()
    assert told.change.left == "connected"
    assert told.change.standing.receiver.name == f"{HERE}.late"
    assert Hidden.asked == before


def test_a_list_changed_behind_djangos_back_is_noticed(search: LeakSearch) -> None:
    """As many entries, and the same last one: when a test ends each is looked at."""
    shipped.connect(late)
    paid.receivers[0] = shipped.receivers.pop()
    assert left_of(search) == [
        "left connected: late to paid of any sender",
        "left disconnected: notify from paid of any sender",
    ]


def test_what_is_no_list_is_no_receiver(search: LeakSearch) -> None:
    """A mock in its place, say: what was connected is not, and nothing of ours breaks."""
    kept = paid.receivers
    paid.receivers = object()
    try:
        assert [each.split(":")[0] for each in left_of(search)] == ["left disconnected"] * 2
    finally:
        paid.receivers = kept
    search.begin()
    assert left_of(search) == []


def test_what_packages_connect_to_their_own_signals_is_theirs(search: LeakSearch) -> None:
    """Each file storage connects itself to Django's setting_changed, and goes when it goes."""
    storage = FileSystemStorage()
    assert weakref.ref(storage)() is not None
    assert left_of(search) == []
    search.begin()
    del storage
    gc.collect()
    assert left_of(search) == []
    search.begin()
    setting_changed.connect(late)
    assert left_of(search) == ["left connected: late to django.core.signals.setting_changed of any sender"]
    setting_changed.disconnect(late)
