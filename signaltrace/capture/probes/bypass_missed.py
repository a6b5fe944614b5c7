"""What a write that bypasses receivers bypassed, stage *capture*: read off signals and the model's class."""

from __future__ import annotations

import weakref
from typing import Any

from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from signaltrace.capture.mutes import IN_FORCE, without_muted
from signaltrace.capture.recorder import Recorder
from signaltrace.internals import Seen, changed, receivers_for
from signaltrace.labels.looking import class_attribute, class_dict, own
from signaltrace.labels.senders import describe_class

SAVING, DELETING = "save", "delete"

_METHODS = {SAVING: ("save", "asave"), DELETING: ("delete", "adelete")}
_SIGNALS: dict[str, tuple[Any, ...]] = {SAVING: (pre_save, post_save), DELETING: (pre_delete, post_delete)}
# Rows of a model that Django made up for a many-to-many field are ordinarily written by that field.
_SIGNALS_OF_FIELD = (m2m_changed,)
# Migrations make models by the hundred.
_MAX_MODELS = 10_000


class KnownModel:
    """What of a model stays as it is, and the receivers that were found last, which may not."""

    __slots__ = ("auto_created", "found", "name", "reference")

    def __init__(self, model: type) -> None:
        self.reference = weakref.ref(model)
        self.name = describe_class(model).name
        meta = class_attribute(model, "_meta")
        # Made up by Django, for a many-to-many field: it sends no signals of its own.
        self.auto_created = meta is not None and own(meta, "auto_created") not in (None, False)
        # By what is done: at which reading of the signals, and the indexes of the receivers.
        self.found: dict[str, tuple[int, tuple[int, ...]]] = {}


class Missed:
    """Knows of models and receivers what has not changed since it was read. Holds neither."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._models: dict[int, KnownModel] = {}
        self._seen: dict[Any, Seen] = {}
        self._readings = 0

    def model(self, model: type) -> KnownModel:
        """What is known of a model."""
        known = self._models.get(id(model))
        if known is None or known.reference() is not model:
            if len(self._models) >= _MAX_MODELS:
                self._models.clear()
            known = self._models[id(model)] = KnownModel(model)
        return known

    def receivers(self, model: type, what: str) -> tuple[int, ...]:
        """Those that saving or deleting in the ordinary way would have run, muted ones left out."""
        known = self.model(model)
        signals = _SIGNALS_OF_FIELD if known.auto_created else _SIGNALS[what]
        if IN_FORCE or not all(self._read(signal) for signal in signals):
            return self._find(model, signals)
        now = self._readings  # before looking: another thread may read anew meanwhile
        reading, receivers = known.found.get(what, (-1, ()))
        if reading != now:
            receivers = self._find(model, signals)
            known.found[what] = (now, receivers)
        return receivers

    def _read(self, signal: Any) -> bool:
        """See whether its receivers are those of the last reading; False where that can't be told."""
        seen = self._seen.get(signal)
        if seen is None:
            seen = self._seen[signal] = Seen(signal)
        elif seen.keys is None or not changed((seen,), closely=False):
            return seen.keys is not None
        seen.read(signal)
        self._readings += 1
        return seen.keys is not None

    def _find(self, model: type, signals: tuple[Any, ...]) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for signal in signals:
            live: tuple[list[Any], list[Any]] = (receivers_for(signal, model), [])
            if IN_FORCE:
                live, _ = without_muted(self._recorder, signal, model, live)
            found.update(dict.fromkeys(map(self._recorder.receiver_index, live[0])))
        return tuple(found)


def missed_methods(model: type, what: str) -> list[str]:
    """Those of the model's methods that do more than Django's: ``["save"]``."""
    classes = []
    for each in type.mro(model):
        if each is Model:
            break
        classes.append(class_dict(each))
    return [name for name in _METHODS[what] if any(name in each for each in classes)]
