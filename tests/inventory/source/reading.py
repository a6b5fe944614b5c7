"""Modules written in a test, and what is read of them, in few words."""

from __future__ import annotations

from textwrap import dedent

from signaltrace.declarations import Connect, FunctionDef, Reference, SourceModule
from signaltrace.inventory.source import parse_module
from signaltrace.inventory.source.draft import draft_of
from signaltrace.inventory.source.resolve import Resolved

POST_SAVE = "django.db.models.signals.post_save"
POST_DELETE = "django.db.models.signals.post_delete"
NAME = "shop.receivers"
IMPORTS = (
    "from django.db.models.signals import post_delete, post_save\n"
    "from django.dispatch import Signal, receiver\n"
    "from .models import Book, Order\n"
)


def said(text: str, *, imports: str = IMPORTS, name: str = NAME, **more: object) -> SourceModule:
    """What a module of the shop says; what Django and the models bring stands before it."""
    return parse_module(imports + dedent(text), name, **more)  # type: ignore[arg-type]


def connected(text: str, **more: object) -> tuple[Connect, ...]:
    """Its connects."""
    return said(text, **more).connects  # type: ignore[arg-type]


def only(text: str, **more: object) -> Connect:
    """The one connect there is."""
    (connect,) = connected(text, **more)
    return connect


def pair(reference: Reference) -> tuple[str, str]:
    """Kind and name of a reference."""
    return reference.kind, reference.name


def function(text: str, qualname: str = "f", **more: object) -> FunctionDef:
    """One of its functions."""
    (found,) = (each for each in said(text, **more).functions if each.qualname == qualname)  # type: ignore[arg-type]
    return found


def together(user_model: str = "", /, **texts: str) -> dict[str, SourceModule]:
    """Modules read in each other's company; ``shop__models`` is shop/models.py, ``shop`` a package."""
    drafts = []
    for key, text in texts.items():
        name = key.replace("__", ".")
        is_package = any(each.startswith(f"{key}__") for each in texts)
        file = f"{name.replace('.', '/')}{'/__init__' if is_package else ''}.py"
        drafts.append(draft_of(dedent(text), name, file))
    resolved = Resolved(drafts, lambda name: False, user_model)
    return {each.module.name: resolved.module(each) for each in drafts}
