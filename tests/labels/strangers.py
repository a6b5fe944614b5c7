"""Objects that mind being looked at: every question is answered by an exception.

They are made inside functions: pytest looks at the globals of test modules, and not this carefully.
"""

from types import ModuleType
from typing import Any

KINDS = (
    "instance",
    "by metaclass",
    "own dict",
    "class",
    "class with metaclass",
    "class with own dict",
    "module",
)


class Woken(BaseException):
    """User code ran. Not an Exception, so that nothing swallows it on the way."""


def refuse(*args: Any, **kwargs: Any) -> Any:
    """Stands for every method user code could be run by."""
    raise Woken


def stranger(kind: str) -> Any:
    """One of KINDS."""
    return dict(zip(KINDS, all_strangers(), strict=True))[kind]


def all_strangers() -> list[Any]:
    """One of each, instances and classes."""

    class AlertMeta(type):
        __getattribute__ = __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = __repr__ = refuse

    class Alert:
        __getattribute__ = __getattr__ = __hash__ = __eq__ = __repr__ = __str__ = __bool__ = refuse
        __iter__ = __len__ = __call__ = __format__ = __dir__ = refuse
        __class__ = property(refuse)  # type: ignore[assignment]

    class AlertByMeta(metaclass=AlertMeta):
        def __call__(self, **kwargs: Any) -> None:
            raise Woken

    class OwnDict:
        __dict__ = property(refuse)  # type: ignore[assignment]

        def __call__(self, **kwargs: Any) -> None:
            raise Woken

    class AlertModule(ModuleType):
        # Lazy modules of libraries load something whenever they are asked for anything.
        __getattribute__ = __getattr__ = refuse  # type: ignore[assignment]

    return [Alert(), AlertByMeta(), OwnDict(), Alert, AlertByMeta, OwnDict, AlertModule("lazy")]
