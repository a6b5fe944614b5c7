"""What is connected, where it is written, and whether anything keeps it."""

from __future__ import annotations

import pytest

from signaltrace.declarations import (
    CLASS,
    FUNCTION,
    LAMBDA,
    LOCAL_FUNCTION,
    METHOD,
    NAME,
    OBJECT,
    PARTIAL,
    UNDECIDED,
    UNKNOWN_KIND,
)
from tests.inventory.source.reading import connected, only, pair

BEFORE = """
from functools import partial

def plain(**kwargs): pass

class Recorder:
    def __call__(self, **kwargs): pass
    def note(self, **kwargs): pass
    @staticmethod
    def still(**kwargs): pass
    @classmethod
    def of_class(cls, **kwargs): pass

recorder = Recorder()
kept = partial(plain, 1)
short = lambda **kwargs: None
"""
R = "shop.receivers"


@pytest.mark.parametrize(
    ("written", "kind", "name", "line", "temporary"),
    [
        ("plain", FUNCTION, f"{R}.plain", 7, False),
        ("Recorder", CLASS, f"{R}.Recorder", 9, False),
        ("Recorder.still", FUNCTION, f"{R}.Recorder.still", 12, False),
        ("Recorder.of_class", METHOD, f"{R}.Recorder.of_class", 14, False),
        ("recorder", OBJECT, f"{R}.recorder", 10, False),
        ("recorder.note", METHOD, f"{R}.recorder.note", 11, False),
        ("kept", PARTIAL, f"{R}.plain", 7, False),
        ("short", LAMBDA, f"{R}.short", 19, False),
        ("lambda **kwargs: None", LAMBDA, "", 20, True),
        ("partial(plain, 1)", PARTIAL, f"{R}.plain", 7, True),
        ("partial(lambda **kwargs: None)", PARTIAL, "", 20, True),
        ("Recorder()", OBJECT, f"{R}.Recorder", 10, True),
        ("Recorder().note", METHOD, f"{R}.Recorder.note", 11, True),
        ("make()", UNKNOWN_KIND, "", None, False),
        ("make().note", UNKNOWN_KIND, "", None, False),
        ("Book()", OBJECT, "shop.models.Book", None, True),
        ("Book.saved", UNKNOWN_KIND, "shop.models.Book.saved", None, False),
    ],
)
def test_the_kinds_of_receiver(written: str, kind: str, name: str, line: int | None, temporary: bool) -> None:
    """Each with its name, its line where this file defines it, and whether nothing keeps it."""
    found = only(f"{BEFORE}post_save.connect({written})\n")
    assert (found.receiver_kind, found.receiver.name, found.receiver_line) == (kind, name, line)
    assert found.temporary is temporary
    assert found.receiver.kind == (NAME if name else UNDECIDED)


def test_a_method_of_self_is_the_class_s() -> None:
    """Where the class itself defines it; what it inherits or is given later is undecided."""
    text = (
        "class C:\n    def go(self):\n        post_save.connect(self.{0})\n"
        "    def saved(self, **kwargs): pass\n"
    )
    found = only(text.format("saved"))
    assert (pair(found.receiver), found.receiver_kind, found.receiver_line) == (
        (NAME, f"{R}.C.saved"),
        METHOD,
        7,
    )
    assert found.receiver.text == "self.saved"
    assert pair(only(text.format("other")).receiver) == (UNDECIDED, "")


READY = """
class C(AppConfig):
    def ready(self):
        def local(**kwargs): pass
        post_save.connect(local)
        {0}
"""


def test_a_local_function_is_temporary() -> None:
    """Its function's own variable is gone when the function returns."""
    found = only(READY.format("pass"))
    assert (found.receiver_kind, found.receiver_line, found.temporary) == (LOCAL_FUNCTION, 7, True)
    assert pair(found.receiver) == (NAME, f"{R}.C.ready.<locals>.local")


@pytest.mark.parametrize(
    "more",
    [
        "self.local = local",
        "kept.append(local)",
        "return local",
        "yield",
        "keep(lambda: local())",
        "def other(): local()",
        "global kept\n        kept = local",
    ],
)
def test_a_local_function_may_be_kept(more: str) -> None:
    """Whatever else its name is used for may keep it; so may a function that waits."""
    assert not only(READY.format(more)).temporary


@pytest.mark.parametrize(
    "more",
    ["post_delete.connect(receiver=local)", "local()", "load_the_rest()", "post_save.disconnect(local)"],
)
def test_connecting_and_calling_keep_nothing(more: str) -> None:
    """ready() is over in a moment, whatever else it does."""
    assert connected(READY.format(more))[0].temporary


def test_a_function_that_goes_on_keeps_its_own_for_as_long() -> None:
    """A command that connects and then works wants it for the time of its work."""
    text = "def handle():\n    def local(**kwargs): pass\n    {0}post_save.connect(local)\n    {1}\n"
    assert not only(text.format("", "work()")).temporary
    assert only(text.format("work()\n    ", "return 1")).temporary


def test_a_decorated_local_function_is_temporary_too() -> None:
    """Unless another decorator may have put it somewhere."""
    text = "def ready():\n    {0}@receiver(post_save)\n    def local(**kwargs): pass\n"
    assert only(text.format("")).temporary
    assert not only(text.format("@register\n    ")).temporary


@pytest.mark.parametrize("made", ["Recorder()", "partial(plain, 1)", "lambda **kwargs: None"])
def test_what_a_function_makes_goes_with_it(made: str) -> None:
    """Kept in a local name that serves for nothing else."""
    text = f"{BEFORE}def ready():\n    mine = {made}\n    post_save.connect(mine)\n"
    assert only(text).temporary
    assert not only(f"{text}    keep(mine)\n").temporary


def test_an_object_a_function_makes_takes_its_methods_along() -> None:
    """``mine.note`` is a bound method of it."""
    found = only(f"{BEFORE}def ready():\n    mine = Recorder()\n    post_save.connect(mine.note)\n")
    assert (pair(found.receiver), found.receiver_kind, found.temporary) == (
        (NAME, f"{R}.Recorder.note"),
        METHOD,
        True,
    )


def test_a_parameter_shadows_the_receiver() -> None:
    """What is passed in is not the module's function of that name."""
    found = only("def f(**kwargs): pass\ndef go(f):\n    post_save.connect(f)\n")
    assert (pair(found.receiver), found.receiver_kind) == ((UNDECIDED, ""), UNKNOWN_KIND)


def test_of_two_definitions_of_one_name_no_line_is_told() -> None:
    """Which of them it is depends on more than the name."""
    found = only("if a:\n    def f(): pass\nelse:\n    def f(): pass\npost_save.connect(f)\n")
    assert (pair(found.receiver), found.receiver_line) == ((NAME, f"{R}.f"), None)
