"""Reads the models of a project, stage *inventory*: all that are registered, from ``_meta``, without SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import deletion
from django.db.models.options import Options

from signaltrace.inventory.class_lines import class_place
from signaltrace.inventory.fixture_files import fixture_models
from signaltrace.inventory.sender_ids import registered_models
from signaltrace.labels.looking import class_attribute, class_name, cut, exact_text, is_a
from signaltrace.labels.places import is_mine
from signaltrace.labels.receivers import look
from signaltrace.labels.senders import describe_class
from signaltrace.model_map import CASCADE, ModelInfo, Related

_ON_DELETE = ("CASCADE", "PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "DO_NOTHING")
_DATABASE_ON_DELETE = ("DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT")  # Django 6.1 and later
# SET makes a function at each call, of one of two codes; rows are loaded for that of a callable.
_SET_CODES = (("SET(value)", models.SET(None).__code__), ("SET(callable)", models.SET(dict).__code__))

_class_mro = type.__dict__["__mro__"].__get__


def read_models() -> tuple[ModelInfo, ...]:
    """Every registered model, those of many-to-many fields and swapped ones too, sorted by label.

    Empty until Django has loaded all models: before that nobody knows who points at whom.
    """
    if not apps.models_ready:
        return ()
    found = list(registered_models())
    fixtures = fixture_models()
    heirs = _Heirs(found)
    return tuple(sorted((_read(each, heirs, fixtures) for each in found), key=lambda each: each.label))


def _read(model: Any, heirs: _Heirs, fixtures: Mapping[str, tuple[str, ...]]) -> ModelInfo:
    file, line = class_place(model)
    label = _label(model)
    told: dict[str, Any]
    try:
        told = _from_meta(model, heirs)
    except Exception as error:  # noqa: BLE001 - a field of the project's own may fail; the names still stand
        told = {"unread": class_name(type(error))}
    return ModelInfo(
        label=label,
        name=class_name(model),
        app=label.partition(".")[0],
        file=file,
        line=line,
        mine=is_mine(file),
        own_save=_overridden(model, "save", "asave", "save_base"),
        own_delete=_overridden(model, "delete", "adelete"),
        loaded_by_fixtures=fixtures.get(label.lower(), ()),
        **told,
    )


def _from_meta(model: Any, heirs: _Heirs) -> dict[str, Any]:
    meta: Options[Any] = model._meta
    many = (field for field in meta.many_to_many if is_a(field.remote_field.through, type))
    return {
        "proxy_for": _label(meta.concrete_model) if meta.proxy else "",
        "parents": tuple(_label(each) for each in _parents(model)),
        "children": heirs.children(model),
        "proxies": heirs.proxies(model),
        "swapped": _swapped(meta),
        "auto_created": _label(meta.auto_created) if is_a(meta.auto_created, type) else "",
        "related": tuple(_related(meta)),
        "many_to_many": tuple((_text(field.name), _label(field.remote_field.through)) for field in many),
        "parent_links": tuple(
            (_text(link.name), _label(parent)) for parent, link in meta.parents.items() if link is not None
        ),
        "many_to_many_from": tuple(_reversed(meta)),
    }


def _related(meta: Any) -> Iterator[Related]:
    """What Collector.collect goes through, in its order: the reverse relations, then the generic ones."""
    for relation in meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_one or relation.one_to_many):
            field = relation.field
            yield Related(
                model=_label(relation.related_model),
                field=_text(field.name),
                on_delete=_on_delete(field.remote_field.on_delete),
                to=_label(field.remote_field.model),
                null=field.null is True,
                parent_link=field.remote_field.parent_link is True,
            )
    for field in meta.private_fields:
        if class_attribute(type(field), "bulk_related_objects") is not None:
            target = field.remote_field.model
            if is_a(target, type):
                name = _text(getattr(field, "object_id_field_name", "")) or _text(field.name)
                yield Related(_label(target), name, CASCADE, True, _label(meta.model), null=True)


def _reversed(meta: Any) -> Iterator[tuple[str, str]]:
    """The many-to-many fields of other models (or of itself) that have a manager on this one's instances."""
    for relation in meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.many_to_many and not relation.hidden:
            field = relation.field
            if is_a(field.remote_field.through, type):
                yield f"{_label(field.model)}.{_text(field.name)}", _label(field.remote_field.through)


def _on_delete(function: Any) -> str:
    for name in (*_ON_DELETE, *_DATABASE_ON_DELETE):
        if function is getattr(deletion, name, deletion):
            return name
    for name, code in _SET_CODES if type(function) is FunctionType else ():
        if function.__code__ is code:
            return name
    return cut(look(function).name)


def _swapped(meta: Any) -> str:
    """The label of what stands in its place; as the setting has it where there is no such model."""
    given = exact_text(meta.swapped)
    if not given:
        return ""
    app, _, name = given.partition(".")
    model = dict.get(apps.all_models.get(app, {}), name.lower())
    return cut(given) if model is None else _label(model)


def _parents(model: Any) -> list[Any]:
    """The models whose rows one of this model includes, nearest first; of a proxy its concrete one's."""
    concrete = model._meta.concrete_model
    return [
        each
        for each in _class_mro(concrete)[1:]
        if is_a(class_attribute(each, "_meta"), Options) and not each._meta.abstract and not each._meta.proxy
    ]


class _Heirs:
    """Who inherits from whom, among all models."""

    def __init__(self, found: Iterable[Any]) -> None:
        self._children: dict[Any, list[str]] = {}
        self._proxies: dict[Any, list[str]] = {}
        for model in found:
            meta = model._meta
            if not meta.proxy:
                for parent in _parents(model):
                    self._children.setdefault(parent, []).append(_label(model))
                continue
            for each in _class_mro(model)[1:]:
                above = class_attribute(each, "_meta")
                if (
                    is_a(above, Options)
                    and not above.abstract
                    and above.concrete_model is meta.concrete_model
                ):
                    self._proxies.setdefault(each, []).append(_label(model))

    def children(self, model: Any) -> tuple[str, ...]:
        """The multi-table children, their children too."""
        return tuple(sorted(self._children.get(model, ())))

    def proxies(self, model: Any) -> tuple[str, ...]:
        """The proxies of it, and proxies of these."""
        return tuple(sorted(self._proxies.get(model, ())))


def _overridden(model: type, *names: str) -> bool:
    """Whether any of these is not what models.Model has; wherever in the line of classes it is from."""
    return any(class_attribute(model, name) is not models.Model.__dict__.get(name) for name in names)


def _label(model: Any) -> str:
    return describe_class(model).name


def _text(value: Any) -> str:
    return cut(exact_text(value) or "")
