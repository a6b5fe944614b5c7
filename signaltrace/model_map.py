"""The models of a project as data, stage *trace*: who inherits from whom, and what a delete reaches."""

from __future__ import annotations

from dataclasses import dataclass

CASCADE = "CASCADE"


@dataclass(frozen=True, slots=True)
class Related:
    """A relation that points at a model: rows of ``model`` are met when one of the pointed-at is deleted.

    ``on_delete`` is the name of Django's function (``CASCADE``, ``SET_NULL``, ``DO_NOTHING``, ``PROTECT``, …)
    or of the project's own. ``generic`` is a GenericRelation, which Django deletes along.
    """

    model: str
    field: str
    on_delete: str
    generic: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model. Other models are told by label, ``shop.Order``; ``name`` is the dotted name of the class.

    ``proxy_for`` is the concrete model of a proxy, "" otherwise; ``parents`` are those of multi-table
    inheritance, nearest first; ``children`` the multi-table children and ``proxies`` the proxies of it;
    ``swapped`` what stands in its place (``accounts.User``), "" if nothing. ``auto_created`` is the label of
    the model whose many-to-many field made it. ``own_save``, ``own_delete``: whether it overrides the method.
    ``parent_links``: relations to parents, which a delete follows upwards. ``loaded_by_fixtures``: files.
    """

    label: str
    name: str
    app: str = ""
    file: str | None = None
    line: int | None = None
    mine: bool = False
    proxy_for: str = ""
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    swapped: str = ""
    auto_created: str = ""
    own_save: bool = False
    own_delete: bool = False
    related: tuple[Related, ...] = ()
    many_to_many: tuple[tuple[str, str], ...] = ()  # (field, label of the through model)
    loaded_by_fixtures: tuple[str, ...] = ()
