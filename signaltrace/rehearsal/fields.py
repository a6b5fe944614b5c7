"""``--set name=value``, stage *rehearsal*: text made a value as the field's own form field cleans it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.forms.models import apply_limit_choices_to_to_formfield

from signaltrace.analysis.matching import closest
from signaltrace.capture.arguments import MASK, is_secret
from signaltrace.errors import SignaltraceError
from signaltrace.rehearsal.databases import one_line

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
_MOST_CHOICES = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """A field, and the value it is to have."""

    field: Any
    value: Any

    def apply(self, instance: Any) -> None:
        """Give it to an instance, as a program would."""
        setattr(instance, self.field.name, self.value)


def read_settings(model: Any, given: Sequence[str], *, creates: bool, alias: str) -> list[Setting]:
    """What ``--set`` asks for. Raises SignaltraceError that says of every field what it refused."""
    found: dict[str, Setting] = {}
    refusals: list[str] = []
    for each in given:
        name, equals, text = each.partition("=")
        try:
            if not equals:
                raise SignaltraceError(f"--set needs NAME=VALUE, not {each[:60]!r}")
            field = _field(model, name.strip(), creates=creates)
            if field.name in found:
                raise SignaltraceError(f"{field.name} is set twice")
            found[field.name] = Setting(field, _clean(field, text, alias))
        except SignaltraceError as error:
            refusals.append(str(error))
    if refusals:
        raise SignaltraceError("; ".join(refusals))
    return list(found.values())


def _field(model: Any, name: str, *, creates: bool) -> Any:
    """The field of a name (``customer``, ``customer_id``). Raises SignaltraceError for what can't be set."""
    meta = model._meta
    try:
        field = meta.pk if name == "pk" else meta.get_field(name)
    except FieldDoesNotExist:
        known = [each.name for each in meta.concrete_fields] + [each.name for each in meta.many_to_many]
        near = closest(name, known)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
        raise SignaltraceError(f"{meta.label} has no field {name[:60]!r}; {hint}") from None
    reason = _why_not(field, meta, creates=creates)
    if reason:
        raise SignaltraceError(f"{field.name} can't be set: {reason}")
    return field


def _why_not(field: Any, meta: Any, *, creates: bool) -> str:
    """Why a field can't be given a value; "" if it can."""
    if field.auto_created and not field.concrete:
        return "it is the other side of a relation, and no column of this row"
    if field.many_to_many:
        return "a many-to-many relation is changed by add() and remove() after the save, not by it"
    if not isinstance(field, models.Field):
        return "it is made of other fields: set those"
    if getattr(field, "generated", False):
        return "the database computes it"
    if field.column is None:
        return "it has no column of its own"
    if not creates and (field.primary_key or field in getattr(meta, "pk_fields", ())):
        return "with another primary key it would be another row"
    if field.remote_field is not None and getattr(field.remote_field, "parent_link", False):
        return "it ties the row to the one of its parent, which Django makes itself"
    if getattr(field, "auto_now", False) or (creates and getattr(field, "auto_now_add", False)):
        return "save() gives it the time of the save (auto_now)"
    return ""


def _clean(field: Any, text: str, alias: str) -> Any:
    """The value. Raises SignaltraceError with the field's name and what it said."""
    try:
        form_field = _form_field(field, alias)
        if isinstance(field, models.BooleanField) and not field.choices:
            text = _truth(text, null=field.null)
        if form_field is None:
            return field.clean(field.to_python(text) if text else None if field.null else text, None)
        if isinstance(form_field, forms.FileField):
            return _file(field, form_field, text)
        return form_field.clean(text)
    except ValidationError as error:
        said = " ".join(str(each) for each in error.messages)
        raise SignaltraceError(
            f"{field.name} refuses {_typed(field, text)}: {said}{_choices(field)}"
        ) from error
    except SignaltraceError as error:
        raise SignaltraceError(f"{field.name} refuses {_typed(field, text)}: {error}") from error
    except Exception as error:  # a field or validator of the project's own may raise what it likes
        raise SignaltraceError(f"{field.name} refuses {_typed(field, text)}: {one_line(error)}") from error


def _typed(field: Any, text: str) -> str:
    """What was given, for a message; a password stays out of logs."""
    return MASK if is_secret(field.name) else repr(text[:60])


def masked(argv: Sequence[str]) -> list[str]:
    """A command line without the values that ``--set`` gives to what sounds secret."""
    found, follows = [], False
    for each in argv:
        option = "" if follows else "--set=" if each.startswith("--set=") else None
        if option is not None:
            name, equals, _ = each[len(option) :].partition("=")
            if equals and is_secret(name):
                each = f"{option}{name}={MASK}"
        follows = not follows and each == "--set"
        found.append(each)
    return found


def _form_field(field: Any, alias: str) -> Any:
    form_field = field.formfield(**({"using": alias} if isinstance(field, models.ForeignKey) else {}))
    if form_field is not None:
        apply_limit_choices_to_to_formfield(form_field)
    return form_field


def _truth(text: str, *, null: bool) -> Any:
    """A form takes every text that is not "false" for a tick: too generous for a command line."""
    wanted = text.strip().lower()
    if wanted in _TRUE:
        return True
    if wanted in _FALSE:
        return False
    if null and not wanted:
        return None
    raise SignaltraceError("it is true or false")


def _file(field: Any, form_field: Any, name: str) -> Any:
    """A file that the storage has already: nothing is put there that a rollback would leave."""
    if not name:
        if not field.blank and not field.null:
            raise ValidationError(form_field.error_messages["required"])
        return None if field.null else ""
    if not field.storage.exists(name):
        raise SignaltraceError("its storage has no such file: name one that is there")
    file = field.attr_class(None, field, name)
    with file.open():
        form_field.clean(file)
    return name


def _choices(field: Any) -> str:
    """``; there are placed, paid``, where a field has choices."""
    if not field.choices:
        return ""
    values = [str(value) for value, _ in field.flatchoices]
    more = ", …" if len(values) > _MOST_CHOICES else ""
    return f" It has {', '.join(values[:_MOST_CHOICES])}{more}."


def missing(model: Any, settings: Iterable[Setting]) -> list[Any]:
    """The fields that a new row needs, and that neither ``settings`` nor a default gives."""
    given = {each.field.name for each in settings}
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in given
        and not field.null
        and not (field.blank and field.empty_strings_allowed)
        and not _fills_itself(field)
    ]


def _fills_itself(field: Any) -> bool:
    """Whether a default, Django or the database gives it a value."""
    link = getattr(field.remote_field, "parent_link", False)
    auto = isinstance(field, models.AutoField) or getattr(field, "generated", False)
    timed = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    default = field.has_default() or getattr(field, "has_db_default", bool)()
    return bool(auto or link or timed or default)
