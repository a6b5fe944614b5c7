"""The inventory says what is connected: in Django's order, by name, what looks wrong, touching nothing."""

import gc
import importlib.util
import sys
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.db.models.signals import post_migrate, post_save
from django.dispatch import Signal, receiver

from signaltrace.connections import ConnectedSignal
from signaltrace.inventory.registry import COLLECTED, read_inventory
from tests.inventory.conftest import NAME
from tests.labels.strangers import KINDS, Woken, stranger
from tests.testapp.models import Author, Book, ProxyBook

Read = Callable[[], ConnectedSignal]
ME = __name__


def first(**kwargs: Any) -> None:
    pass


def second(**kwargs: Any) -> None:
    pass


async def waiting(**kwargs: Any) -> None:
    pass


class Mailer:
    def send(self, **kwargs: Any) -> None:
        pass


class Uid:
    """A dispatch_uid that can be hashed and compared, and must not be asked to describe itself."""

    def __repr__(self) -> str:
        raise Woken

    __str__ = __repr__


def rows(found: ConnectedSignal) -> list[tuple[int, str, str]]:
    return [
        (each.order, each.receiver.name.removeprefix(f"{ME}."), each.sender.name)
        for each in found.connections
    ]


def test_the_order_is_djangos(signal: Signal, read: Read) -> None:
    """Sync receivers first, then async ones, each as they were connected."""
    called = []

    @receiver(signal)
    async def early(**kwargs: Any) -> None:
        called.append("early")

    @receiver(signal)
    def one(**kwargs: Any) -> None:
        called.append("one")

    @receiver(signal)
    async def late(**kwargs: Any) -> None:
        called.append("late")

    @receiver(signal)
    def two(**kwargs: Any) -> None:
        called.append("two")

    signal.send(None)
    connections = read().connections
    assert [each.receiver.name.rpartition(".")[2] for each in connections] == called
    assert [each.order for each in connections] == [1, 2, 3, 4]
    assert [each.receiver.is_async for each in connections] == [False, False, True, True]


def test_senders_are_named(signal: Signal, read: Read) -> None:
    """Models, proxies, automatic through models, app configurations, plain classes, texts, any."""
    text = "a sender of text"
    sys.modules[NAME].TEXT = text  # type: ignore[attr-defined]
    config = apps.get_app_config("testapp")
    for sender in (None, Book, ProxyBook, Book.tags.through, config, Mailer, text, sys.modules[NAME]):
        signal.connect(first, sender=sender)
    assert [each.sender.name for each in read().connections] == [
        "any sender",
        "testapp.Book",
        "testapp.ProxyBook",
        "testapp.Book_tags",
        "app testapp",
        f"{ME}.Mailer",
        "a sender of text",
        f"module {NAME}",
    ]


def test_senders_kept_elsewhere_are_found_or_numbered(signal: Signal, read: Read) -> None:
    """An instance somewhere in the program is found; what can't be is told apart, never guessed."""
    held = [Mailer()]
    texts = ["".join(["te", "xt", str(number)]) for number in range(2)]
    method = held[0].send
    signal.connect(first, sender=held[0])
    signal.connect(first, sender=texts[0])
    signal.connect(second, sender=texts[0])
    signal.connect(first, sender=texts[1])
    signal.connect(first, sender=method)
    assert [each.sender.name for each in read().connections] == [
        f"instance of {ME}.Mailer",
        "sender #1",
        "sender #1",
        "sender #2",
        f"{ME}.Mailer.send",
    ]


def test_weak_and_strong_are_told_apart(signal: Signal, read: Read) -> None:
    """Also of methods, partials and lambdas."""
    mailer, call = Mailer(), partial(first)
    signal.connect(first)
    signal.connect(second, weak=False)
    signal.connect(mailer.send)
    signal.connect(call, weak=False)
    signal.connect(lambda **kwargs: None, weak=False)
    found = read().connections
    assert [each.weak for each in found] == [True, False, True, False, False]
    assert [each.dispatch_uid for each in found] == [None] * 5
    assert [each.receiver.name for each in found[2:4]] == [f"{ME}.Mailer.send", f"partial({ME}.first)"]


@pytest.mark.parametrize(
    ("uid", "text"),
    [
        ("order-total", "order-total"),
        (5, "5"),
        (10**12, "1000000000000"),
        (("audit", "saved", 3, None, True, 1.5, b"x"), "('audit', 'saved', 3, None, True, 1.5, b'x')"),
        (("audit",), "('audit',)"),
        (((1, 2), ("a", ("b", ("c", ("d",))))), "((1, 2), ('a', ('b', ('c', <tuple>))))"),
        ((1, 2), "(1, 2)"),
        (Uid(), f"<{ME}.Uid>"),
        (("audit", Uid()), f"('audit', <{ME}.Uid>)"),
        (Mailer, f"{ME}.Mailer"),
        (first, f"{ME}.first"),
        (tuple(range(20)), "(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)"),
        ("x" * 300, "x" * 59 + "…" + "x" * 60),
    ],
    ids=lambda each: "",
)
def test_dispatch_uids_of_every_kind(signal: Signal, read: Read, uid: Any, text: str) -> None:
    """As text, without asking it; shown only where it is not Django's own key."""
    signal.connect(first, dispatch_uid=uid)
    assert [each.dispatch_uid for each in read().connections] == [text]


def test_a_collected_receiver_is_marked_and_noted(signal: Signal, read: Read) -> None:
    """What is still known of it is told: its method, its dispatch_uid; and it has no place in the order."""

    def local(**kwargs: Any) -> None:
        pass

    mailer = Mailer()
    signal.connect(first)
    signal.connect(local, dispatch_uid="welcome")
    signal.connect(mailer.send, sender=Book)
    signal.connect(second)
    del local, mailer
    gc.collect()
    found = read()
    assert rows(found) == [
        (1, "first", "any sender"),
        (0, COLLECTED, "any sender"),
        (0, "Mailer.send", "testapp.Book"),
        (2, "second", "any sender"),
    ]
    assert [each.alive for each in found.connections] == [True, False, False, True]
    notes = [note for note in read_inventory().notes if NAME in note]
    assert len(notes) == 2
    assert notes[0].startswith(f"{NAME}.paid: {COLLECTED} (dispatch_uid welcome) is dead: ")


@pytest.mark.skipif(django.VERSION < (6, 0), reason="Django 5.2 keeps no reference to the sender")
def test_a_collected_sender_makes_its_receivers_dead(signal: Signal, read: Read) -> None:
    """The id may be another object's by now: Django no longer calls them, and no name is guessed."""

    class Passing:
        pass

    signal.connect(first, sender=Passing)
    del Passing
    gc.collect()
    assert [(each.alive, each.sender.name) for each in read().connections] == [(False, "collected sender")]


def test_a_receiver_that_runs_twice_is_noted(signal: Signal, read: Read) -> None:
    """Under two dispatch_uids, or for one sender and for any; not where no dispatch reaches both."""
    signal.connect(first, dispatch_uid="a")
    signal.connect(first, dispatch_uid="b")
    signal.connect(second)
    signal.connect(second, sender=Book)
    signal.connect(waiting, sender=Book)
    signal.connect(waiting, sender=Author)
    twice = "is connected twice for any sender and runs twice: its dispatch_uids differ."
    both = "is connected for testapp.Book and for any sender, and runs twice when testapp.Book sends."
    assert [note for note in read_inventory().notes if NAME in note] == [
        f"{NAME}.paid: {ME}.first {twice}",
        f"{NAME}.paid: {ME}.second {both}",
    ]


def test_a_file_imported_under_two_names_is_noted(signal: Signal, tmp_path: Path) -> None:
    """Its receivers run twice, and no name looks wrong by itself."""
    source = tmp_path / "zz_twice.py"
    source.write_text("def notify(**kwargs):\n    pass\n", encoding="utf-8")
    for name in ("zz_twice", "zz_project.zz_twice"):
        spec = importlib.util.spec_from_file_location(name, source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        signal.connect(module.notify, weak=False)
    names = "zz_project.zz_twice.notify and zz_twice.notify"
    assert [note for note in read_inventory().notes if NAME in note] == [
        f"{NAME}.paid: {names} are one function of a file imported under two names."
    ]


def test_hundreds_of_local_functions_are_no_fault(signal: Signal, read: Read) -> None:
    """Strong closures made in a loop share their code, and are meant to."""

    def connect(number: int) -> None:
        def local(**kwargs: Any) -> int:
            return number

        signal.connect(local, weak=False, dispatch_uid=("local", number))

    for number in range(300):
        connect(number)
    found = read().connections
    assert [each.order for each in found] == list(range(1, 301))
    assert {each.receiver.name.rpartition(".")[2] for each in found} == {"local"}
    assert found[299].dispatch_uid == "('local', 299)"
    assert [note for note in read_inventory().notes if NAME in note] == []


def test_a_model_that_was_never_loaded_is_noted() -> None:
    """`sender="shop.Ordr"` raises nothing and waits for ever."""
    post_save.connect(first, sender="testapp.Bok")
    try:
        notes = [note for note in read_inventory().notes if "bok" in note]
    finally:
        apps._pending_operations.pop(("testapp", "bok"))  # type: ignore[attr-defined]
    waits = "waits for the model testapp.bok, which does not exist: it is never called."
    assert notes == [f"django.db.models.signals.post_save: {ME}.first {waits}"]


def test_every_live_signal_is_there_with_or_without_a_name() -> None:
    """Those nothing names are found by the garbage collector; those of Django have their receivers."""
    kept = [Signal(), {"signal": Signal()}]
    kept[0].connect(first)  # type: ignore[union-attr]
    inventory = read_inventory()
    unnamed = [each for each in inventory.signals if each.signal.name.startswith("unnamed Signal #")]
    assert [rows(each) for each in unnamed if each.connections][-1:] == [[(1, "first", "any sender")]]
    assert len(unnamed) >= 2
    named = {each.signal.name: each for each in inventory.signals}
    migrate = named["django.db.models.signals.post_migrate"]
    assert len(migrate.connections) == len(post_migrate.receivers)
    names = [each.signal.name for each in inventory.signals if "#" not in each.signal.name]
    assert names == sorted(names)


def test_looking_changes_nothing() -> None:
    """Nothing is imported, no receiver connected, none collected that was not before."""
    gc.collect()  # receivers that other tests left behind are not to go between the two looks
    modules = set(sys.modules)
    before = list(post_save.receivers)
    assert read_inventory() == read_inventory()
    assert set(sys.modules) == modules
    assert post_save.receivers == before


@pytest.mark.parametrize("kind", KINDS)
def test_receivers_and_senders_that_mind_are_not_touched(signal: Signal, read: Read, kind: str) -> None:
    """Their entries are read from the list Django keeps; the objects are asked nothing."""
    odd, other = stranger(kind), stranger(kind)
    # Connecting asks them itself, so the entry is put in by hand, as Django would.
    signal.connect(first)
    entry = signal.receivers.pop()
    signal.receivers.append(((id(odd), id(other)), odd, *entry[2:]))
    try:
        found = read().connections
    except Woken:
        pytest.fail("user code ran")
    finally:
        signal.receivers.clear()
    assert [(each.order, each.weak, each.dispatch_uid) for each in found] == [(1, False, None)]


def test_a_signal_that_keeps_its_receivers_otherwise_has_none(read: Read) -> None:
    """A subclass may make `receivers` anything: it is not run to find out."""

    def refuse(*args: Any) -> Any:
        raise Woken

    odd = type(
        "Odd", (Signal,), {"receivers": property(refuse, refuse, refuse), "__init__": lambda self: None}
    )
    module = sys.modules[NAME]
    module.odd = odd()  # type: ignore[attr-defined]
    try:
        found = [each for each in read_inventory().signals if each.signal.name == f"{NAME}.odd"]
    except Woken:
        pytest.fail("user code ran")
    assert [each.connections for each in found] == [()]


def test_modules_in_the_middle_of_their_import_are_no_obstacle(read: Read) -> None:
    """What stands in `sys.modules` may be half made, None, or no module."""
    sys.modules["zz_none"] = None  # type: ignore[assignment]
    sys.modules["zz_space"] = types.SimpleNamespace(x=1)  # type: ignore[assignment]
    try:
        assert read().connections == ()
    finally:
        del sys.modules["zz_none"], sys.modules["zz_space"]


def test_every_model_is_a_sender_that_can_be_asked_about() -> None:
    """A model without receivers of its own still sends, and any-sender receivers run for it."""
    models = read_inventory().models
    assert {"testapp.Author", "testapp.ProxyBook", "auth.User_groups"} <= set(models)
    assert list(models) == sorted(models)
