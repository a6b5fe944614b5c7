"""The models of a project as data, stage *trace*: who inherits from whom, and what a delete reaches."""

from __future__ import annotations

from dataclasses import dataclass

CASCADE = "CASCADE"


@dataclass(frozen=True, slots=True)
class Related:
    """A relation that points at a model: rows of ``model`` are met when one of the pointed-at is deleted.

    ``on_delete`` is the name of Django's function (``CASCADE``, ``SET_NULL``, ``DO_NOTHING``, ``PROTECT``,
    ``DB_CASCADE``, …; ``SET(value)``, ``SET(callable)``) or the dotted name of the project's own.
    ``generic`` is a GenericRelation, which Django deletes along. ``to`` is the model that is pointed at: a
    model's own label, or that of a parent it has the relation from. ``null``: whether the field may be NULL;
    ``parent_link``: it is what ties a multi-table child to its parent.
    """

    model: str
    field: str
    on_delete: str
    generic: bool = False
    to: str = ""
    null: bool = False
    parent_link: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model. Other models are told by label, ``shop.Order``; ``name`` is the dotted name of the class.

    ``proxy_for`` is the concrete model of a proxy, "" otherwise; ``parents`` are those of multi-table
    inheritance, nearest first; ``children`` the multi-table children and ``proxies`` the proxies of it;
    ``swapped`` what stands in its place (``accounts.User``), "" if nothing. ``auto_created`` is the label of
    the model whose many-to-many field made it. ``own_save``, ``own_delete``: whether the method that runs is
    another than Django's, be it written in the class, a mixin or a parent. ``loaded_by_fixtures``: files.

    ``related`` are the relations a delete looks at, in Django's order: hidden ones too, and those that point
    at a parent, whose rows the child's are. ``parent_links``: (field, parent) of the direct parents, which a
    delete follows upwards. ``many_to_many``: (field, through) of its own and its parents' fields;
    ``many_to_many_from``: (label.field, through) of the other models' fields that can be changed from here.
    ``unread``: why there is no more than the names, "" where there is.
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
    parent_links: tuple[tuple[str, str], ...] = ()
    many_to_many_from: tuple[tuple[str, str], ...] = ()
    unread: str = ""
