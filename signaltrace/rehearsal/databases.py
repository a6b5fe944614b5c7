"""The databases a rehearsal is held in, stage *rehearsal*: all that are configured, if they can roll back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections

from signaltrace.errors import SignaltraceError

_LONGEST = 400
# Python's own descriptor: a class of the program's may define an attribute of that name.
_arguments = BaseException.__dict__["args"].__get__

_DUMMY = "django.db.backends.dummy"
# Tables of an engine that knows no transactions, among those of the current database.
_MYSQL_TABLES = (
    "SELECT t.table_name, t.engine FROM information_schema.tables t "
    "JOIN information_schema.engines e ON e.engine = t.engine "
    "WHERE t.table_schema = DATABASE() AND e.transactions <> 'YES' ORDER BY t.table_name"
)


def rehearsal_aliases() -> tuple[str, ...]:
    """The aliases of all databases there are. Raises SignaltraceError, naming it, for one that can't roll
    back or can't be reached: a receiver may write to any of them.

    A backend that does not know about itself is tried by Django's own test, which makes a table and
    drops it, as Django's test runner does.
    """
    found = []
    for alias in connections:
        try:
            connection = connections[alias]
            if connection.settings_dict.get("ENGINE") == _DUMMY:
                continue  # an entry that is left empty on purpose: every use of it fails
            reason = _why_not(connection)
        except Exception as error:  # drivers raise what they like
            raise SignaltraceError(f"the database {alias!r} cannot be used: {one_line(error)}") from error
        if reason:
            raise SignaltraceError(
                f"the database {alias!r} can't roll back, so that nothing was run: {reason}"
            )
        found.append(alias)
    if not found:
        raise SignaltraceError("no database is configured: DATABASES is empty")
    return tuple(found)


def _why_not(connection: Any) -> str:
    if not connection.features.supports_transactions:
        return f"its backend ({connection.vendor}) knows no transactions"
    if connection.vendor != "mysql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(_MYSQL_TABLES)
        rows = cursor.fetchall()
    if not rows:
        return ""
    more = f" (and {len(rows) - 1} table{'s' if len(rows) > 2 else ''} more)" if len(rows) > 1 else ""
    return f"the engine of its table {rows[0][0]} is {rows[0][1]}{more}"


def one_line(error: BaseException) -> str:
    """``IntegrityError: FOREIGN KEY constraint failed``: type and texts of an exception, without running its
    ``__str__``, which for some shows instances and so may query."""
    kind = type(error)
    if issubclass(kind, ValidationError):
        said = [str(each) for each in error.messages]  # type: ignore[attr-defined]
    else:
        said = [_said(each) for each in _arguments(error)]
    text = " ".join(" ".join(said).split())[:_LONGEST]
    return f"{kind.__name__}: {text}" if text else kind.__name__


def _said(argument: Any) -> str:
    """Texts, numbers, and what another exception that is passed on says."""
    if type(argument) in (str, int, float):
        return str(argument)
    if issubclass(type(argument), BaseException):
        return " ".join(str(each) for each in _arguments(argument) if type(each) is str)
    return ""
