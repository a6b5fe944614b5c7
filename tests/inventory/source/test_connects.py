"""Connects as they are written: decorators, calls, loops, and what is taken for a signal."""

from __future__ import annotations

import pytest

from signaltrace.declarations import FUNCTION, METHOD, NAME, NOTHING, OBJECT, UNDECIDED, UNKNOWN_KIND, VALUE
from signaltrace.inventory.source import parse_module
from signaltrace.inventory.source.draft import draft_of
from signaltrace.inventory.source.resolve import Resolved
from tests.inventory.source.reading import NAME as MODULE
from tests.inventory.source.reading import POST_DELETE, POST_SAVE, connected, only, pair, said, together


def signals(text: str, **more: object) -> list[str]:
    """The signals it connects, in order."""
    return [each.signal.name or each.signal.text for each in connected(text, **more)]


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from django.dispatch import receiver", "receiver"),
        ("from django.dispatch import receiver as on", "on"),
        ("from django import dispatch", "dispatch.receiver"),
        ("import django.dispatch", "django.dispatch.receiver"),
        ("from django.dispatch.dispatcher import receiver", "receiver"),
    ],
)
@pytest.mark.parametrize(
    ("brings", "signal"),
    [
        ("from django.db.models.signals import post_save", "post_save"),
        ("from django.db.models import signals as s", "s.post_save"),
        ("from django.db import models", "models.signals.post_save"),
        ("import django.db.models.signals", "django.db.models.signals.post_save"),
    ],
)
def test_receiver_goes_by_every_name_that_is_imported(
    imports: str, decorator: str, brings: str, signal: str
) -> None:
    """Both the decorator and the signal are what the imports make of them."""
    found = only(f"@{decorator}({signal})\ndef f(**kwargs): pass\n", imports=f"{imports}\n{brings}\n")
    assert pair(found.signal) == (NAME, POST_SAVE)
    assert pair(found.receiver) == (NAME, f"{MODULE}.f")
    assert (found.form, found.action, found.receiver_kind, found.line) == (
        "decorator",
        "connect",
        FUNCTION,
        3,
    )


def test_a_receiver_of_somebody_elses_is_not_djangos() -> None:
    """A function of that name, a fixture, a signal library's decorator."""
    assert (
        connected(
            "@receiver(post_save)\ndef f(): pass\n", imports="from blinker import receiver, post_save\n"
        )
        == ()
    )
    assert connected("def receiver(x): pass\n@receiver(post_save)\ndef f(): pass\n") == ()


@pytest.mark.parametrize(
    "written",
    [
        "[post_save, post_delete]",
        "(post_save, post_delete)",
        "BOTH",
        "[*BOTH]",
        "list(BOTH)",
        "(post_save,) + (post_delete,)",
    ],
)
def test_a_list_of_signals_is_a_connect_for_each(written: str) -> None:
    """As Django takes it, written there or kept in a name that is assigned once."""
    text = f"BOTH = (post_save, post_delete)\n@receiver({written}, sender=Book)\ndef f(**kwargs): pass\n"
    assert signals(text) == [POST_SAVE, POST_DELETE]


def test_decorators_on_each_other_are_connects_of_one_receiver() -> None:
    """Each on its own line, of a definition that begins at the first."""
    first, second = connected(
        "@receiver(post_save)\n@cached\n@receiver(post_delete)\nasync def f(**kwargs): pass\n"
    )
    assert [(each.line, each.receiver_line) for each in (first, second)] == [(4, 4), (6, 4)]


def test_what_a_decorator_is_given() -> None:
    """sender, dispatch_uid and weak, by keyword."""
    found = only(
        '@receiver(post_save, sender=Book, dispatch_uid="once", weak=False)\ndef f(**kwargs): pass\n'
    )
    assert (pair(found.sender), pair(found.dispatch_uid), found.weak) == (
        (NAME, "shop.models.Book"),
        (VALUE, "once"),
        False,
    )


def test_a_decorated_method_is_a_function_of_its_class() -> None:
    """Its class's lines run with the module: the scope is the module's."""
    found = only("class C:\n    @receiver(post_save)\n    def f(sender, **kwargs): pass\n")
    assert (pair(found.receiver), found.receiver_kind, found.scope) == ((NAME, f"{MODULE}.C.f"), FUNCTION, "")


@pytest.mark.parametrize(
    ("written", "sender", "weak", "uid"),
    [
        ("f", (NOTHING, ""), True, (NOTHING, "")),
        ("f, Book, False, 'u'", (NAME, "shop.models.Book"), False, (VALUE, "u")),
        (
            "receiver=f, sender=Book, weak=False, dispatch_uid='u'",
            (NAME, "shop.models.Book"),
            False,
            (VALUE, "u"),
        ),
        ("f, weak=is_weak()", (NOTHING, ""), None, (NOTHING, "")),
        ("f, weak=0", (NOTHING, ""), False, (NOTHING, "")),
        ("f, dispatch_uid=''", (NOTHING, ""), True, (NOTHING, "")),
        ("f, dispatch_uid=('a', 1)", (NOTHING, ""), True, (VALUE, "('a', 1)")),
        ("f, dispatch_uid=f'{a}'", (NOTHING, ""), True, (UNDECIDED, "")),
    ],
)
def test_what_connect_is_given(written: str, sender: object, weak: object, uid: object) -> None:
    """By place and by keyword, with Django's defaults; an empty uid is none."""
    found = only(f"def f(**kwargs): pass\npost_save.connect({written})\n")
    assert (pair(found.sender), found.weak, pair(found.dispatch_uid)) == (sender, weak, uid)
    assert (pair(found.receiver), found.receiver_line, found.form) == ((NAME, f"{MODULE}.f"), 4, "call")


def test_disconnect_is_read_alike() -> None:
    """Its parameters are others: no weak, and the uid third; the receiver may be left out."""
    first, second = connected("post_save.disconnect(f, Book, 'u')\npost_save.disconnect(dispatch_uid='u')\n")
    assert [each.action for each in (first, second)] == ["disconnect"] * 2
    assert pair(first.dispatch_uid) == pair(second.dispatch_uid) == (VALUE, "u")
    assert (first.weak, second.receiver.kind) == (None, NOTHING)


@pytest.mark.parametrize(
    "loop",
    [
        "for signal in (post_save, post_delete):\n    signal.connect(f)",
        "for signal in [post_save, post_delete]:\n    signal.connect(f)",
        "for signal in BOTH:\n    signal.connect(f)",
        "for number, signal in enumerate(BOTH):\n    signal.connect(f)",
        "for signal, one in ((post_save, f), (post_delete, f)):\n    signal.connect(one)",
        "for name, (signal, one) in PAIRS.items():\n    signal.connect(one)",
        "for signal, one in PAIRS.values():\n    signal.connect(one)",
        "for signal in {post_save: 1, post_delete: 2}:\n    signal.connect(f)",
        "[signal.connect(f) for signal in BOTH]",
        "def go():\n    for signal in BOTH:\n        again = signal\n        again.connect(f)",
    ],
)
def test_a_loop_over_what_is_written_out_is_a_connect_a_turn(loop: str) -> None:
    """Nothing about it is conditional: each turn is taken."""
    text = f"BOTH = post_save, post_delete\nPAIRS = {{'a': (post_save, f), 'b': (post_delete, f)}}\n{loop}\n"
    found = connected(text)
    assert [each.signal.name for each in found] == [POST_SAVE, POST_DELETE]
    assert [each.conditional for each in found] == [False, False]


def test_loops_in_each_other_are_all_their_turns() -> None:
    """Signals times models; two turns that say the same are one."""
    text = (
        "for s in (post_save, post_delete):\n    for m in (Book, Order, Book):\n"
        "        s.connect(f, sender=m)\n"
    )
    assert [(each.signal.name, each.sender.name) for each in connected(text)] == [
        (POST_SAVE, "shop.models.Book"),
        (POST_SAVE, "shop.models.Order"),
        (POST_DELETE, "shop.models.Book"),
        (POST_DELETE, "shop.models.Order"),
    ]


@pytest.mark.parametrize(
    "before",
    [
        "MODELS = load()",
        "MODELS = [Book]\nMODELS.append(Order)",
        "MODELS = [Book]\nMODELS += [Order]",
        "from .models import MODELS",
        "MODELS = [*load()]",
        "MODELS = [Book]\nMODELS = [Order]",
    ],
)
def test_a_loop_over_anything_else_is_undecided(before: str) -> None:
    """And whether it turns at all is: it is a condition."""
    found = only(f"{before}\nfor model in MODELS:\n    post_save.connect(f, sender=model)\n")
    assert (found.sender.kind, found.conditional) == (UNDECIDED, True)


def test_a_function_in_a_loop_sees_the_loop_variable_of_later() -> None:
    """It is called when the loop is over, or in whichever turn: undecided."""
    found = only("for m in (Book, Order):\n    def g():\n        post_save.connect(f, sender=m)\n")
    assert pair(found.sender) == (UNDECIDED, "")


@pytest.mark.parametrize(
    "text",
    [
        "import sqlite3\nsqlite3.connect('file')",
        "import socket\ns = socket.socket()\ns.connect(address)",
        "from celery.signals import task_prerun\ntask_prerun.connect(f)",
        "def go(connection):\n    connection.connect(f)",
        "class W:\n    def m(self):\n        self.button.clicked.connect(self.go)",
        "bus = EventBus()\nbus.connect('a', f)",
        "post_save.connect()",
        "from blinker import signal\nready = signal('ready')\nready.connect(f)",
        "for each in things:\n    each.connect(f)",
        "self.gateway.connect(user, password)",
        "post_save = Thing()\npost_save.connect(f)",
    ],
)
def test_a_connect_of_something_else_is_none(text: str) -> None:
    """Many things are connected that are no signals."""
    assert connected(text) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("for signal in load():\n    signal.connect(f)", "signal"),
        ("for each in SIGNALS:\n    each.connect(f)", "each"),
        ("def go(signal):\n    signal.connect(f)", "signal"),
        ("def go(x):\n    x.connect(f, sender=Book)", "x"),
        ("class C:\n    def go(self):\n        self.done_signal.connect(f)", "self.done_signal"),
    ],
)
def test_what_looks_like_a_signal_is_told_as_undecided(text: str, shown: str) -> None:
    """So that nobody says that nothing is connected."""
    found = only(text)
    assert (found.signal.kind, found.signal.text) == (UNDECIDED, shown)


def test_a_signal_of_the_source_is_known_wherever_it_is_passed_on() -> None:
    """By its module, through a package, a star, an alias, a class and its subclass, a class of signals."""
    modules = together(
        shop="from .signals import paid\nfrom .signals import *\n",
        shop__signals="""
            from django.dispatch import Signal
            class Loud(Signal): pass
            paid = Signal()
            shipped: Signal = Loud()
            again = paid
            class Orders:
                lost = Signal()
            class Late(Orders): pass
            not_one = dict()
            """,
        shop__use="""
            import shop
            from shop import paid, shipped
            from shop.signals import again, Orders, Late, not_one, missing
            for each in (paid, shop.paid, shipped, again, Orders.lost, Late.lost):
                each.connect(f)
            not_one.connect(f)
            missing.connect(f)
            """,
    )
    assert [each[0] for each in modules["shop.signals"].signals] == ["paid", "shipped", "Orders.lost"]
    assert [each.signal.name for each in modules["shop.use"].connects] == [
        "shop.paid",
        "shop.shipped",
        "shop.signals.again",
        "shop.signals.Orders.lost",
        "shop.signals.Late.lost",
    ]


def test_a_signal_that_is_alive_is_one() -> None:
    """Of a package whose source is not read, the process knows."""
    text = "from payments import done\ndone.connect(f)\ndone.send(sender=None)\n"
    assert connected(text) == ()
    module = said(text, is_signal=lambda name: name == "payments.done")
    assert [each.signal.name for each in module.connects] == ["payments.done"]
    assert [each.signal.name for each in module.sends] == ["payments.done"]


def test_a_signal_that_is_made_in_two_branches_is_one() -> None:
    """Whichever is taken, the module has it under that name; one that may be something else is undecided."""
    text = "try:\n    paid = Signal(['a'])\nexcept TypeError:\n    paid = {0}\npaid.connect(f, sender=Book)\n"
    assert pair(only(text.format("Signal()")).signal) == (NAME, f"{MODULE}.paid")
    assert pair(only(text.format("post_save")).signal) == (UNDECIDED, "")


def test_a_signal_may_be_alive_under_one_of_its_names() -> None:
    """The one that is written, or the one it is passed on from."""
    text = "from shop import done\ndone.connect(f)\n"
    drafts = [
        draft_of("from payments import done\n", "shop", "shop/__init__.py"),
        draft_of(text, "use", "use.py"),
    ]
    for name in ("shop.done", "payments.done"):
        resolved = Resolved(drafts, lambda known, name=name: known == name, "")  # type: ignore[misc]
        assert [each.signal.name for each in resolved.module(drafts[1]).connects] == ["shop.done"]


def test_a_mark_at_the_beginning_of_a_text_is_no_part_of_it() -> None:
    """What stands on the first line is quoted as it is written."""
    (found,) = parse_module(
        "\ufeffimport django.db.models.signals as s; s.post_save.connect(f)", "x"
    ).connects
    assert (found.signal.name, found.signal.text) == (POST_SAVE, "s.post_save")


def test_a_class_attribute_is_a_signal_of_self() -> None:
    """``self.done`` is what the class makes once; what it only points at a subclass may replace."""
    text = """
    class C:
        done = Signal()
        other = post_save
        def go(self):
            self.done.connect(f)
            self.other.connect(f, weak=False)
    """
    assert signals(text) == [f"{MODULE}.C.done", "self.other"]


def test_an_imported_receiver_is_told_by_its_own_module() -> None:
    """A function, a class's method, an object, an object's method; else nobody knows."""
    modules = together(
        shop__work="def f(): pass\nclass R:\n    def m(self): pass\nr = R()\nx = make()\n",
        shop__use="from .work import f, r, R, x\nfrom django.db.models.signals import post_save\n"
        "for each in (f, R.m, r, r.m, x):\n    post_save.connect(each)\n",
    )
    kinds = [each.receiver_kind for each in modules["shop.use"].connects]
    assert kinds == [FUNCTION, FUNCTION, OBJECT, METHOD, UNKNOWN_KIND]


def test_the_kinds_of_line_a_connect_stands_on() -> None:
    """The scope is the function's qualname, as Python makes it; that of a lambda too."""
    text = """
    post_save.connect(f)
    class C:
        post_save.connect(f)
        def m(self):
            post_save.connect(f)
            def inner():
                post_save.connect(f)
    g = lambda: post_save.connect(f)
    """
    assert [each.scope for each in connected(text)] == ["", "", "C.m", "C.m.<locals>.inner", "<lambda>"]


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("post_save.connect(f)", False),
        ("if a:\n    pass\npost_save.connect(f)", False),
        ("if a:\n    post_save.connect(f)", True),
        ("if a:\n    pass\nelse:\n    post_save.connect(f)", True),
        ("while a:\n    post_save.connect(f)", True),
        ("try:\n    post_save.connect(f)\nexcept E:\n    pass", True),
        ("try:\n    pass\nexcept E:\n    post_save.connect(f)", True),
        ("try:\n    pass\nfinally:\n    post_save.connect(f)", False),
        ("try:\n    post_save.connect(f)\nfinally:\n    pass", False),
        ("with a:\n    post_save.connect(f)", False),
        ("with suppress(E):\n    post_save.connect(f)", True),
        ("match a:\n    case 1:\n        post_save.connect(f)", True),
        ("a and post_save.connect(f)", True),
        ("post_save.connect(f) and a", False),
        ("post_save.connect(f) if a else None", True),
        ("[post_save.connect(f, sender=m) for m in (Book,) if m]", True),
        ("def g():\n    post_save.connect(f)", False),
        ("def g():\n    if a:\n        return\n    post_save.connect(f)", True),
        ("def g():\n    if a:\n        raise E\n    post_save.connect(f)", True),
        ("def g():\n    for x in y:\n        if x:\n            break\n    post_save.connect(f)", False),
        ("def g():\n    for x in y:\n        if x:\n            return\n    post_save.connect(f)", True),
        ("for m in (Book,):\n    if a:\n        continue\n    post_save.connect(f, sender=m)", True),
        ("if a:\n    raise E\npost_save.connect(f)", False),
        ("def g():\n    def h():\n        return\n    post_save.connect(f)", False),
        ("if a:\n    def g():\n        post_save.connect(f)", True),
        ("g = lambda: post_save.connect(f)", False),
    ],
)
def test_a_branch_or_an_early_end_makes_it_conditional(text: str, conditional: bool) -> None:
    """Whether the line is reached is then not for the text to say."""
    assert only(text + "\n").conditional is conditional


def test_strange_source_is_an_error_in_a_line() -> None:
    """And nothing else is told of the file."""
    for text in ("def f(:\n", "x = '\0'\n", "(" * 5000, "x = " + "-" * 200_000 + "1\n", "\ud800"):
        module = said(text)
        assert module.error
        assert "\n" not in module.error
        assert module.connects == ()
