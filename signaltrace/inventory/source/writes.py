"""Calls that write to the database, stage *inventory*, so far as the text tells; and those in bulk."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from signaltrace.declarations import BulkCall
from signaltrace.inventory.source.chains import Chains
from signaltrace.inventory.source.flow import BULK, CREATES, DELETES, SAVES, UPDATES, Site
from signaltrace.inventory.source.loops import Loops
from signaltrace.inventory.source.names import Names

# save(commit=False) of a form and delete(save=False) of a file touch no row.
_EXCUSES = ("commit", "save")


class Writes:
    """Tells writes among the calls of one module."""

    def __init__(self, names: Names) -> None:
        self._chains = Chains(names)
        self._loops = Loops(names)

    def bulk(self, site: Site, scope: str) -> Iterator[BulkCall]:
        """A write that sends no signal of its rows, one for each turn of its loops."""
        if site.method not in BULK or (site.method in UPDATES and not _is_of_rows(site.call)):
            return
        seen: set[BulkCall] = set()
        for turn in self._loops.turns(site.flow)[0]:
            chain = self._chains.read(site.target, site.scope, turn)
            if site.method in UPDATES and not chain.is_queryset:
                continue
            call = BulkCall(site.method, chain.model, site.call.lineno, scope)
            if call not in seen:
                seen.add(call)
                yield call

    def is_write(self, site: Site) -> bool:
        """Whether a call writes to the database."""
        if site.method in SAVES or site.method in DELETES:
            # of a file's, a cache's or a client's methods of these names all take arguments
            return not site.call.args and not any(_is_excuse(each) for each in site.call.keywords)
        if site.method in UPDATES:
            return _is_of_rows(site.call) and self._is_queryset(site)
        if site.method in CREATES:
            return not site.method.endswith("create") or "_or_" in site.method or self._is_queryset(site)
        return site.method in BULK

    def _is_queryset(self, site: Site) -> bool:
        return self._chains.read(site.target, site.scope, {}).is_queryset


def _is_of_rows(call: ast.Call) -> bool:
    """``update(paid=True)``: a queryset takes keywords alone, a dict or a set is given something whole."""
    return bool(call.keywords) and not call.args


def _is_excuse(keyword: ast.keyword) -> bool:
    value = keyword.value
    return keyword.arg in _EXCUSES and isinstance(value, ast.Constant) and value.value is False
