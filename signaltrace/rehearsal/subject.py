"""Which model and which of its rows are meant, stage *rehearsal*: found by label and primary key."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, router

from signaltrace.analysis.model_reach import find_model
from signaltrace.errors import SignaltraceError
from signaltrace.facts import Facts
from signaltrace.inventory.models_read import read_models
from signaltrace.model_map import ModelInfo
from signaltrace.rehearsal.databases import one_line

_MOST_HEIRS = 6


def model_of(label: str) -> tuple[ModelInfo, Any]:
    """A model, told and as a class. Raises SignaltraceError with the nearest label, or all that are meant."""
    try:
        info = find_model(Facts(models=read_models()), label)
    except SignaltraceError as error:
        abstract = _abstract(models.Model, label.strip().casefold())
        if abstract is not None:
            raise SignaltraceError(_has_no_rows(abstract)) from None
        raise SignaltraceError(str(error).replace("--model takes a label", "it takes a label")) from None
    if info.swapped:
        raise SignaltraceError(f"{info.label} is swapped out for {info.swapped}: name that one")
    app, _, name = info.label.rpartition(".")
    return info, apps.get_model(app, name)


def _abstract(kind: type, wanted: str) -> Any:
    """The abstract model of a label, dotted name or class name; None if there is none such."""
    below: list[Any] = type.__subclasses__(kind)
    for each in below:
        meta = each.__dict__.get("_meta")
        if meta is not None and meta.abstract:
            name = each.__name__.casefold()
            dotted = f"{each.__module__}.{each.__qualname__}".casefold()
            if wanted in (name, f"{meta.app_label}.{name}".casefold(), dotted):
                return each
        found = _abstract(each, wanted)
        if found is not None:
            return found
    return None


def _has_no_rows(abstract: Any) -> str:
    heirs = sorted(each._meta.label for each in apps.get_models() if issubclass(each, abstract))
    more = f" and {len(heirs) - _MOST_HEIRS} more" if len(heirs) > _MOST_HEIRS else ""
    hint = (
        f"name a model that inherits it: {', '.join(heirs[:_MOST_HEIRS])}{more}"
        if heirs
        else "none inherits it"
    )
    meta = abstract._meta
    label = meta.label if meta.app_label else f"{abstract.__module__}.{abstract.__qualname__}"
    return f"{label} is abstract and has no rows; {hint}"


def key_of(model: Any, text: str) -> Any:
    """A primary key as the model's own field reads it; the parts of a composite one stand between commas."""
    fields = getattr(model._meta, "pk_fields", None) or [model._meta.pk]  # since Django 5.2
    label = model._meta.label
    parts = [text] if len(fields) == 1 else text.split(",")
    if len(parts) != len(fields):
        names = ",".join(each.name for each in fields)
        raise SignaltraceError(f"the primary key of {label} is {names}, not {text[:60]!r}")
    values = []
    for field, part in zip(fields, parts, strict=True):
        try:
            values.append(field.to_python(part))
        except ValidationError as error:
            raise SignaltraceError(
                f"{text[:60]!r} is no primary key of {label}: {' '.join(error.messages)}"
            ) from error
        except Exception as error:  # a field of the project's own may raise what it likes
            raise SignaltraceError(
                f"{text[:60]!r} is no primary key of {label}: {one_line(error)}"
            ) from error
    return values[0] if len(values) == 1 else tuple(values)


def alias_for(model: Any, using: str | None) -> str:
    """The database the row is read from: the one that is written to, unless another was named."""
    return using or str(router.db_for_write(model))


def check_exists(model: Any, key: Any, alias: str) -> None:
    """Raise SignaltraceError, with the nearest there are, if there is no such row. No instance is made."""
    rows = model._base_manager.using(alias)
    try:
        if rows.filter(pk=key).exists():
            return
        below = rows.filter(pk__lt=key).order_by("-pk").values_list("pk", flat=True).first()
        above = rows.filter(pk__gt=key).order_by("pk").values_list("pk", flat=True).first()
    except Exception as error:
        raise SignaltraceError(
            f"{model._meta.label} cannot be read from the database {alias!r}: {one_line(error)}"
        ) from error
    near = [str(each)[:60] for each in (below, above) if each is not None]
    hint = (
        f"the nearest {'is' if len(near) == 1 else 'are'} {' and '.join(near)}" if near else "it has no rows"
    )
    raise SignaltraceError(f"no {model._meta.label} has the primary key {str(key)[:60]} in {alias!r}; {hint}")


def check_new(instance: Any, alias: str) -> None:
    """Raise SignaltraceError if ``save()`` of a new instance would overwrite a row: its own key, or that of
    the row of a parent, is there already."""
    model = type(instance)
    meta = model._meta
    for each in (meta.concrete_model, *meta.concrete_model._meta.all_parents):
        fields = getattr(each._meta, "pk_fields", None) or [each._meta.pk]
        values = tuple(getattr(instance, field.attname) for field in fields)
        if any(value is None for value in values):
            continue
        key = values[0] if len(values) == 1 else values
        if not each._base_manager.using(alias).filter(pk=key).exists():
            continue
        own = each is meta.concrete_model
        label = meta.label if own else each._meta.label
        text = ",".join(map(str, values))[:60]
        why = "" if own else f", and a new {meta.label} would overwrite it"
        raise SignaltraceError(f"{label} {text} exists already{why}: signaltrace save {label} {text}")


def load(model: Any, key: Any, alias: str) -> Any:
    """The instance; what a receiver of ``post_init`` raises passes on."""
    return model._base_manager.using(alias).get(pk=key)
