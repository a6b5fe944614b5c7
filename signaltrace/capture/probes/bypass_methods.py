"""What stands in for Django's bulk methods while bypasses are watched, stage *capture*.

Each calls the method it stands for and tells the probe what came of it. Their own frame is taken out
of the traceback of what is raised beneath them: it is the program's exception, on the way it came.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from sys import _getframe
from types import FrameType
from typing import Any, Protocol, TypeVar

from django.core.serializers.base import DeserializedObject

from signaltrace.capture.failures import out_of_sight
from signaltrace.capture.methods import named_after
from signaltrace.capture.recorder import Recorder

Method = Callable[..., Any]
F = TypeVar("F", bound=Method)

_SERIALIZERS = DeserializedObject.save.__code__.co_filename
_SAVED = "m2m_data"

# Python's own descriptor: a class of the program's may define an attribute of this name.
_attributes = vars(DeserializedObject)["__dict__"].__get__


class Watcher(Protocol):
    """What the probe is to these methods. None of it raises into the program."""

    recorder: Recorder

    def wrote(
        self,
        how: str,
        what: Any,
        call: tuple[tuple[Any, ...], dict[str, Any]],
        result: Any,
        frame: FrameType,
        begun: tuple[int, int],
    ) -> None:
        """A method returned."""

    def decided(self, result: Any, frame: FrameType) -> None:
        """The collector of a delete knows whether it needs no signals."""

    def failed(self) -> None:
        """A method raised."""

    def loaded(self, item: Any, frame: FrameType) -> None:
        """An object was saved raw."""

    def enter(self, frame: FrameType) -> Any:
        """An async method begins."""

    def leave(self, token: Any) -> None:
        """It is over."""


def build_writing(probe: Watcher, how: str, original: Method) -> Method:
    """A method of the database's writing kind; ``how`` is what it is called in the event."""
    new_id, clock = probe.recorder.new_id, probe.recorder.clock

    def write(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        begun = (new_id(), clock())
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            probe.failed()
            out_of_sight(probe.recorder, error)
            raise
        probe.wrote(how, self, (args, kwargs), result, _getframe(1), begun)
        return result

    return _standing_for(original, write)


def build_deciding(probe: Watcher, original: Method) -> Method:
    """``Collector.can_fast_delete``."""

    def can_fast_delete(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            out_of_sight(probe.recorder, error)
            raise
        probe.decided(result, _getframe(1))
        return result

    return _standing_for(original, can_fast_delete)


def build_async(probe: Watcher, original: Method) -> Method:
    """An async method, which calls the sync one in a thread whence its caller can't be seen any more."""

    async def later(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        token = probe.enter(_getframe(1))
        try:
            return await original(self, *args, **kwargs)
        except BaseException as error:
            out_of_sight(probe.recorder, error)
            raise
        finally:
            probe.leave(token)

    return _standing_for(original, later)


class Loaded:
    """Stands for ``DeserializedObject.m2m_data``, which ``save()`` sets to None when it has saved raw.

    So there is no frame of ours above the receivers of that save, and ordinary saves cost nothing. The
    value is where it always was, in the object's own attributes.
    """

    def __init__(self, probe: Watcher) -> None:
        self._probe = probe

    def __get__(self, item: Any, owner: type) -> Any:
        found: dict[str, Any] = {} if item is None else _attributes(item)
        try:
            if _SAVED not in found:
                # Python names them where an attribute is read, and not where it is deleted.
                asked = owner if item is None else item
                raise AttributeError(_missing(owner, item is None), name=_SAVED, obj=asked)
        except AttributeError as error:
            out_of_sight(self._probe.recorder, error)
            raise
        return found[_SAVED]

    def __set__(self, item: Any, value: Any) -> None:
        _attributes(item)[_SAVED] = value
        if value is None:
            frame = _getframe(1)
            if frame.f_code.co_name == "save" and frame.f_code.co_filename == _SERIALIZERS:
                self._probe.loaded(item, frame)

    def __delete__(self, item: Any) -> None:
        try:
            if _attributes(item).pop(_SAVED, self) is self:
                raise AttributeError(_missing(type(item)))
        except AttributeError as error:
            out_of_sight(self._probe.recorder, error)
            raise

    def install(self) -> None:
        """Take the place, which is empty in the class."""
        if _SAVED not in vars(DeserializedObject):
            setattr(DeserializedObject, _SAVED, self)

    def uninstall(self) -> None:
        """Leave it."""
        if vars(DeserializedObject).get(_SAVED) is self:
            delattr(DeserializedObject, _SAVED)


def _missing(owner: type, of_class: bool = False) -> str:
    """What Python says of an attribute that is not there."""
    what = f"type object '{owner.__name__}'" if of_class else f"'{owner.__name__}' object"
    return f"{what} has no attribute '{_SAVED}'"


def _standing_for(original: Any, method: F) -> F:
    """``method`` as whoever inspects it would find ``original``: managers are made of such methods."""
    functools.update_wrapper(method, original)
    if "__wrapped__" in vars(original):
        vars(method)["__wrapped__"] = original.__wrapped__
    else:
        del vars(method)["__wrapped__"]
        vars(method)["__signature__"] = inspect.signature(original)
    return named_after(method, original)
