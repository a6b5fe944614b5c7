"""Everything the source declares, stage *inventory*: found, read or remembered, and put together."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from signaltrace.declarations import Source, SourceModule
from signaltrace.internals import django_signal_class
from signaltrace.inventory.source.apps import app_info, installed
from signaltrace.inventory.source.cache import Cache
from signaltrace.inventory.source.draft import Draft, draft_of
from signaltrace.inventory.source.files import Found, find_files
from signaltrace.inventory.source.loaded import Loaded
from signaltrace.inventory.source.resolve import Resolved
from signaltrace.inventory.source.text import UNREADABLE, read_text, told
from signaltrace.labels.looking import loaded
from signaltrace.labels.places import project_roots


def read_source(
    *, user_model: str = "", cache: bool = True, is_signal: Callable[[str], bool] | None = None
) -> Source:
    """What the source of the installed apps and of the project says about signals. Imports nothing.

    ``user_model`` is the label ``get_user_model()`` stands for: undecided without it. ``is_signal``: whether
    a dotted name is that of a live signal; if it is not given, the loaded modules are looked at. ``cache``:
    whether files that have not changed may be taken from the last time.
    """
    places = installed()
    roots = project_roots()
    with _undisturbed():
        found = find_files([place for place, _ in places], roots)
        drafts = _read_all(found, Cache(roots) if cache else None)
        seen = Loaded()
        by_file = {seen.real(each.path): draft for each, draft in zip(found, drafts, strict=True)}
        infos = tuple(app_info(place, kind, by_file, seen) for place, kind in places)
        resolved = Resolved(drafts, _is_live if is_signal is None else is_signal, user_model)
        modules = [
            replace(
                resolved.module(draft),
                app=each.app,
                mine=each.mine,
                role=each.role,
                loaded_as=seen.names(each.path),
            )
            for each, draft in zip(found, drafts, strict=True)
        ]
    return Source(tuple(sorted(modules, key=lambda each: (each.name, each.file))), infos)


def parse_module(
    text: str,
    name: str,
    file: str | None = None,
    *,
    user_model: str = "",
    is_signal: Callable[[str], bool] | None = None,
) -> SourceModule:
    """What the text of one module says, by itself: what it imports is a signal if Django's or alive."""
    file = f"{name.replace('.', '/')}.py" if file is None else file
    draft = draft_of(text, name, file)
    resolved = Resolved([draft], _is_live if is_signal is None else is_signal, user_model)
    return resolved.module(draft)


def _read_all(found: list[Found], cache: Cache | None) -> list[Draft]:
    drafts = [_read(each, cache) for each in found]
    if cache is not None:
        cache.save()
    return drafts


def _read(found: Found, cache: Cache | None) -> Draft:
    try:
        state = os.stat(found.path)
        known = None if cache is None else cache.get(found.path, found.name, state)
        if known is not None:
            return known
        draft = draft_of(read_text(found.path), found.name, found.path)
    except UNREADABLE as error:
        return Draft(SourceModule(found.name, found.path, error=told(error)))
    if cache is not None:
        cache.put(found.path, draft, state)
    return draft


def _is_live(name: str) -> bool:
    return issubclass(type(loaded(name)), django_signal_class())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Trees by the hundred make the collector run all the time, and leave it nothing to collect."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
