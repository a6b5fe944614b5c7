"""What a view is asked to show, stage *analysis*: the filters and limits shared by all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of a view. Patterns match case-insensitively anywhere in a name; none means all.

    A dispatch is kept with its ancestors where it, or a receiver call in it, matches. ``min_ns``
    hides what took less; ``depth`` counts levels of dispatches, 1 for roots alone; ``limit`` is
    the number of lines (tree) or rows (tables); ``sort`` names a column of a table.
    """

    signals: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    errors: bool = False
    min_ns: int = 0
    depth: int | None = None
    limit: int | None = None
    sort: str | None = None
    orphaned: bool = False
    arguments: str = "summary"
    bypassed: bool = True
