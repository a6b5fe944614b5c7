"""Facts of the source made by hand, beside those of building.py: apps, functions, no ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from signaltrace.declarations import (
    LABEL,
    NAME,
    VALUE,
    AppInfo,
    BulkCall,
    Connect,
    FunctionDef,
    Reference,
    SendCall,
    Source,
    Write,
)
from signaltrace.facts import Facts
from signaltrace.history import History
from tests.analysis.findings.building import declaration, facts

SHOP = AppInfo("shop", "shop", "/srv/shop", "shop.apps.ShopConfig", "/srv/shop/apps.py", 4, 9, mine=True)


def name(dotted: str) -> Reference:
    """A dotted name in the source."""
    return Reference(NAME, dotted, dotted.rpartition(".")[2])


def uid(text: str) -> Reference:
    """A literal uid."""
    return Reference(VALUE, text, repr(text))


def decorated(signal: str, function: str, line: int = 10, **more: Any) -> Connect:
    """``@receiver(signal)`` over a function of the same file."""
    return declaration(signal, function, form="decorator", line=line, receiver_line=line, **more)


def function(qualname: str, line: int = 10, **more: Any) -> FunctionDef:
    """A function with one decorator line, @receiver."""
    given: dict[str, Any] = {"decorators": ("receiver",), "accepts_kwargs": True, **more}
    return FunctionDef(qualname, line, line + 1, line + 5, **given)


def writes(text: str = "Line.objects.create", line: int = 12) -> tuple[Write, ...]:
    """One line that writes."""
    return (Write(text, line),)


def send(signal: str, method: str, line: int = 40) -> SendCall:
    """A send in the source."""
    return SendCall(name(signal), method, Reference("nothing"), line)


def bulk(operation: str, label: str, line: int = 50, scope: str = "restock") -> BulkCall:
    """A bulk write in the source."""
    return BulkCall(operation, Reference(LABEL, label, label), line, scope)


def with_apps(given: Facts, *apps: AppInfo) -> Facts:
    """The same facts with these apps installed."""
    return replace(given, source=Source(given.source.modules, apps))


def no_ledger(*signals: Any, **more: Any) -> Facts:
    """Facts of a process in which nothing was recorded."""
    return replace(facts(*signals, **more), history=History())
