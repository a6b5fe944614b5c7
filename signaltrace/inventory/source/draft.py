"""One file, parsed, stage *inventory*: what depends on its text alone, and so may be kept in a cache."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, replace

from signaltrace.declarations import NAME, BulkCall, SendCall, SourceModule
from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.connects import Connects, Written, function_of, reads
from signaltrace.inventory.source.flow import CONNECTS, Definition
from signaltrace.inventory.source.functions import Functions
from signaltrace.inventory.source.names import Names
from signaltrace.inventory.source.receivers import Receivers
from signaltrace.inventory.source.silences import read_silences
from signaltrace.inventory.source.text import UNREADABLE, Text, parsed, told, unified
from signaltrace.inventory.source.walk import Walk
from signaltrace.inventory.source.writes import Writes


@dataclass(frozen=True, slots=True)
class Class:
    """A class, the line of its first decorator or of ``class``, and the names of its bases."""

    qualname: str
    line: int
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A name of a module or class that is assigned from a call: it is a signal where ``called`` makes one."""

    name: str
    line: int
    called: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A module before the others are read: its connects and sends are of anything that has a name.

    ``decorators`` go with ``module.connects``, one by one: the name of what decorates, "" for a call."""

    module: SourceModule
    decorators: tuple[str, ...] = ()
    classes: tuple[Class, ...] = ()
    made: tuple[Made, ...] = ()


def draft_of(text: str, name: str, file: str) -> Draft:
    """What a text says. A text that is no Python gives a module with an ``error``."""
    module = SourceModule(name, file)
    try:
        return _read(unified(text), module)
    except UNREADABLE as error:
        return Draft(replace(module, error=told(error)))


def _read(text: str, module: SourceModule) -> Draft:
    tree = parsed(text)
    is_package = os.path.basename(module.file).startswith("__init__.")
    walk = Walk(tree, text, module.name, is_package)
    quoted = Text(text)
    names = Names(module.name, walk.scope, quoted, bool(walk.brought.stars))
    connects = Connects(names, Receivers(names, walk.definitions))
    writes = Writes(names)
    written = [each for one in walk.definitions for each in connects.decorated(one)]
    sends: list[SendCall] = []
    bulk: list[BulkCall] = []
    for site in walk.sites:
        if site.method in CONNECTS:
            written += map(Written, connects.called(site))
        elif reads(site):
            sends += connects.sent(site)
        else:
            bulk += writes.bulk(site, function_of(site.scope))
    written.sort(key=lambda each: each.connect.line)
    module = replace(
        module,
        brings=(*_aliases(names, walk), *walk.brought.brings()),
        connects=tuple(each.connect for each in written),
        sends=tuple(sorted(sends, key=lambda each: each.line)),
        bulk=tuple(sorted(bulk, key=lambda each: each.line)),
        functions=Functions(quoted, walk.definitions, walk.sites, writes).told(),
        silences=read_silences(text),
        discovers=tuple(walk.brought.discovers),
    )
    return Draft(
        module,
        decorators=tuple(each.decorator for each in written),
        classes=tuple(_classes(names, walk.definitions)),
        made=tuple(_made(names, walk)),
    )


def _classes(names: Names, definitions: list[Definition]) -> list[Class]:
    found = []
    for each in definitions:
        node = each.node
        if isinstance(node, ast.ClassDef):
            bases = (names.decide(base, each.scope, {}).name for base in node.bases)
            found.append(Class(each.qualname, scopes.first_line(node), tuple(filter(None, bases))))
    return found


def _aliases(names: Names, walk: Walk) -> list[tuple[str, str]]:
    """``paid = order_paid`` of a module passes a name on as an import does."""
    found = []
    for name, bindings in walk.scope.bindings.items():
        value = bindings[0].node
        if (
            len(bindings) == 1
            and bindings[0].kind == scopes.VALUE
            and isinstance(value, ast.Name | ast.Attribute)
        ):
            kind, absolute = names.decide(value, walk.scope, {})
            if kind == NAME:
                found.append((name, absolute))
    return found


def _made(names: Names, walk: Walk) -> list[Made]:
    """What modules, and classes in them, assign from a call of something named as a class is."""
    holders = [walk.scope, *(each.inner for each in walk.definitions if each.inner.kind == scopes.CLASS)]
    found = []
    for holder in holders:
        if holder.function() is not None:
            continue
        for name, bindings in holder.bindings.items():
            for each in bindings:
                call = each.node
                if each.kind != scopes.VALUE or not isinstance(call, ast.Call):
                    continue
                called = names.decide(call.func, holder, {})
                if _may_be_signal(called.name, holder is walk.scope):
                    found.append(Made(holder.qualname_of(name), call.lineno, called.name))
    return sorted(found, key=lambda each: (each.line, each.name))


def _may_be_signal(called: str, of_module: bool) -> bool:
    own = called.rpartition(".")[2]
    return own.endswith("Signal") or (of_module and own[:1].isupper())
