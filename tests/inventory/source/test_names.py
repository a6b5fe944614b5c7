"""What a sender comes to, through every way of importing and binding a name."""

from __future__ import annotations

import pytest

from signaltrace.declarations import LABEL, NAME, NOTHING, UNDECIDED
from tests.inventory.source.reading import POST_SAVE, connected, only, pair, said, together

BOOK = (NAME, "shop.models.Book")
OPEN = (UNDECIDED, "")
CONNECT = "post_save.connect(f, sender={})\n"


def sender(before: str, written: str = "X", **more: object) -> tuple[str, str]:
    """What ``sender=`` is decided to be, in a module that begins with ``before``."""
    return pair(only(f"{before}\n{CONNECT.format(written)}", **more).sender)


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ("from shop.models import Book as X", "X"),
        ("from .models import Book as X", "X"),
        ("from . import models", "models.Book"),
        ("import shop.models as m", "m.Book"),
        ("import shop.models", "shop.models.Book"),
        ("X = Book", "X"),
        ("X: type = Book", "X"),
        ("Y = Book\nX = Y", "X"),
        ("X, Y = Book, Order", "X"),
        ("if True:\n    X = Book", "X"),
        ("try:\n    X = Book\nfinally:\n    pass", "X"),
        ("if TYPE_CHECKING:\n    from elsewhere import X\nelse:\n    from .models import Book as X", "X"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .models import Book as X", "X"),
        ("try:\n    from .models import Book as X\nexcept ImportError:\n    X = None", "X"),
        (
            (
                "try:\n    from .models import Book as X\n"
                "except ImportError:\n    from shop.models import Book as X"
            ),
            "X",
        ),
        ("", "(Z := Book)"),
    ],
)
def test_a_name_is_what_was_bound_to_it(before: str, written: str) -> None:
    """Every import that brings the class, and every name assigned from it once, is the class."""
    assert sender(before, written) == BOOK


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ("X = Book\nX = Order", "X"),
        ("X = Book\nX |= Order", "X"),
        ("X = Book\ndel X", "X"),
        ("def g():\n    global X\n    X = Order\nX = Book", "X"),
        ("X = None\nif a:\n    X = Book", "X"),
        (
            (
                "try:\n    from .models import Book as X\n"
                "except ImportError:\n    from old.models import Book as X"
            ),
            "X",
        ),
        ("with a as X:\n    pass", "X"),
        ("for X in things():\n    pass", "X"),
        ("match a:\n    case [X]:\n        pass", "X"),
        ("from ...far import Book as X", "X"),
        ("", "unknown"),
        ("", "str"),
        ("", "Book if a else Order"),
        ("", "models()[0]"),
        ("", "Book._meta.model"),
        ("", "Book.__class__"),
        ("from django.conf import settings", "settings.SENDER"),
    ],
)
def test_what_the_text_does_not_decide_is_undecided(before: str, written: str) -> None:
    """A name bound to two things, or by something that is no assignment, is no name at all."""
    assert sender(before, written) == OPEN


@pytest.mark.parametrize("parameters", ["Book", "*Book", "**Book", "*, Book", "Book, /", "a, Book=None"])
def test_a_parameter_shadows_what_the_module_has(parameters: str) -> None:
    """It is what a caller passes."""
    (found,) = connected(f"def g({parameters}):\n    post_save.connect(f, sender=Book)\n")
    assert pair(found.sender) == OPEN


def test_an_import_in_a_function_is_seen_in_that_function_alone() -> None:
    """ready() imports what it connects; the method beside it has the module's."""
    first, second = connected(
        """
        class C:
            def ready(self):
                from library.models import Book
                def inner():
                    post_save.connect(f, sender=Book)
            def other(self):
                post_save.connect(f, sender=Book)
        """
    )
    assert pair(first.sender) == (NAME, "library.models.Book")
    assert pair(second.sender) == BOOK


def test_a_class_shadows_for_its_own_lines_alone() -> None:
    """Names of a class are not those of its methods, as in Python."""
    first, second = connected(
        """
        class C:
            Book = Order
            post_save.connect(f, sender=Book)
            def m(self):
                post_save.connect(f, sender=Book)
        """
    )
    assert [pair(first.sender), pair(second.sender)] == [(NAME, "shop.models.Order"), BOOK]


def test_a_name_of_the_module_is_the_modules() -> None:
    """A class written here, one that a class holds, and a model's through."""
    before = "class X:\n    class Inner: pass\n"
    assert sender(before) == (NAME, "shop.receivers.X")
    assert sender(before, "X.Inner") == (NAME, "shop.receivers.X.Inner")
    assert sender("", "Book.tags.through") == (NAME, "shop.models.Book.tags.through")


def test_a_package_is_its_own_parent() -> None:
    """In shop/__init__.py ``.models`` is shop.models too."""
    found = only(
        CONNECT.format("X"),
        imports="from .models import Book as X\nfrom django.db.models.signals import *\n",
        name="shop",
        file="shop/__init__.py",
    )
    assert pair(found.sender) == BOOK


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ("from django.contrib.auth import get_user_model", "get_user_model()"),
        ("from django.contrib.auth import get_user_model as g\nX = g()", "X"),
        ("import django.contrib.auth as auth", "auth.get_user_model()"),
        ("from django.conf import settings", "settings.AUTH_USER_MODEL"),
        ("from django import conf\nX = conf.settings.AUTH_USER_MODEL", "X"),
        (
            "from django.apps import apps\nfrom django.conf import settings",
            "apps.get_model(settings.AUTH_USER_MODEL)",
        ),
    ],
)
def test_the_user_model_is_that_of_the_settings(before: str, written: str) -> None:
    """Undecided where nobody says what it is; never the text of the last time."""
    assert sender(before, written, user_model="accounts.User") == (LABEL, "accounts.User")
    assert sender(before, written) == OPEN


@pytest.mark.parametrize(
    ("before", "written", "label"),
    [
        ("", '"shop.Book"', "shop.Book"),
        ('X = "shop.Book"', "X", "shop.Book"),
        ("from django.apps import apps", 'apps.get_model("shop", "Book")', "shop.Book"),
        ("from django.apps import apps", 'apps.get_model("shop.Book")', "shop.Book"),
        ("from django.apps import apps", 'apps.get_model(app_label="shop", model_name="Book")', "shop.Book"),
        ("from django.apps import apps", 'apps.get_app_config("shop").get_model("Book")', "shop.Book"),
        ("from oscar.core.loading import get_model", 'get_model("shop", "Book")', "shop.Book"),
    ],
)
def test_a_model_can_be_asked_for_by_its_label(before: str, written: str, label: str) -> None:
    """A text is a lazy sender; get_model gives the model of it."""
    assert sender(before, written) == (LABEL, label)


@pytest.mark.parametrize(
    "written",
    [
        'apps.get_model("shop", name)',
        'apps.get_model("Book")',
        "apps.get_model()",
        'unknown.get_model("shop", "Book")',
        'get_model("shop", "Book")',
    ],
)
def test_a_model_that_is_asked_for_otherwise_is_undecided(written: str) -> None:
    """No label is made up."""
    assert sender("from django.apps import apps", written) == OPEN


def test_the_registry_of_a_migration_is_another() -> None:
    """Its ``apps`` is a parameter: the models it gives are those of a moment in the past."""
    found = only(
        'def forwards(apps, editor):\n    post_save.connect(f, sender=apps.get_model("shop", "Book"))\n'
    )
    assert pair(found.sender) == OPEN


@pytest.mark.parametrize(
    ("says", "label"), [('name = "my.shop"', "shop"), ('name = "my.shop"\n    label = "store"', "store")]
)
def test_an_app_config_knows_its_own_models(says: str, label: str) -> None:
    """``self.get_model("Book")`` is the model of the config's label."""
    found = only(
        f"class C(AppConfig):\n    {says}\n    def ready(self):\n"
        '        Book = self.get_model("Book")\n        post_save.connect(f, sender=Book)\n'
    )
    assert pair(found.sender) == (LABEL, f"{label}.Book")


@pytest.mark.parametrize("written", ["self", "self.__class__", "type(self)", "cls"])
def test_who_self_is_is_undecided(written: str) -> None:
    """A method is called for objects of subclasses, too."""
    assert sender("", written) == OPEN
    found = only(f"class C:\n    def m(self, cls):\n        post_save.connect(f, sender={written})\n")
    assert pair(found.sender) == OPEN


def test_none_and_nothing_are_any_sender() -> None:
    """Absent, None and a name for None."""
    assert pair(only("post_save.connect(f)\n").sender) == (NOTHING, "")
    assert sender("", "None") == (NOTHING, "")
    assert sender("X = None") == (NOTHING, "")


@pytest.mark.parametrize("call", ["post_save.connect(f, **more)", "post_save.connect(*some)"])
def test_arguments_that_are_passed_on_are_undecided(call: str) -> None:
    """What ``*`` and ``**`` hold nobody can read."""
    found = only(f"{call}\n")
    assert [found.sender.kind, found.dispatch_uid.kind, found.weak] == [UNDECIDED, UNDECIDED, None]


def test_a_name_that_a_star_may_bring_is_the_modules() -> None:
    """It is followed to the module that has it when all are read."""
    modules = together(
        shop__signals="from django.dispatch import Signal\npaid = Signal()\n_own = Signal()\n",
        shop__receivers="from .signals import *\npaid.connect(f)\n_own.connect(f)\n",
    )
    module = modules["shop.receivers"]
    assert [each.signal.name for each in module.connects] == ["shop.receivers.paid"]
    assert ("*", "shop.signals") in module.brings


def test_a_variable_of_another_module_is_no_sender() -> None:
    """What a call returned may be any model: no name of a class stands for it."""
    modules = together(
        shop__loading="Page = load()\nclass Book: pass\n",
        shop__receivers="from .loading import Page, Book\nfrom django.db.models.signals import post_save\n"
        "post_save.connect(f, sender=Page)\npost_save.connect(f, sender=Book)\n",
    )
    assert [pair(each.sender) for each in modules["shop.receivers"].connects] == [
        OPEN,
        (NAME, "shop.loading.Book"),
    ]


def test_brings_are_the_names_that_imports_bind() -> None:
    """Those of functions too, the module's own last; a dotted import under its whole name; aliases."""
    module = said(
        """
        import a.b
        import c.d as e
        again = post_save
        def ready():
            import shop.late
            from . import late
            from importlib import import_module
            import_module("shop.later")
            import_module(".latest", __package__)
        if TYPE_CHECKING:
            from never import Never
        """,
        imports="from django.db.models.signals import post_save\n",
    )
    assert module.brings == (
        ("again", POST_SAVE),
        ("shop", "shop"),
        ("shop.late", "shop.late"),
        ("late", "shop.late"),
        ("import_module", "importlib.import_module"),
        ("", "shop.later"),
        ("", "shop.latest"),
        ("post_save", POST_SAVE),
        ("a", "a"),
        ("a.b", "a.b"),
        ("e", "c.d"),
    )


def test_a_name_made_from_itself_ends() -> None:
    """A hundred steps of one name are not followed in all their combinations."""
    steps = "".join(f"    x = x.a{number}\n" for number in range(100))
    found = only(f"def g():\n    x = Book\n{steps}    post_save.connect(f, sender=x)\n")
    assert pair(found.sender) == OPEN
