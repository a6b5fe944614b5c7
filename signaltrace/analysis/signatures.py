"""Whether a function takes the call that Django makes, stage *analysis*: keywords alone, and which."""

from __future__ import annotations

from signaltrace.analysis.connected import MODEL_SIGNALS
from signaltrace.declarations import FunctionDef

_ALWAYS = ("signal", "sender")
_SAVE = ("instance", "raw", "using", "update_fields")
_DELETE = ("instance", "using", "origin")
_MIGRATE = ("app_config", "verbosity", "interactive", "using", "stdout", "plan", "apps")
# What Django sends these with in any of its versions; of another signal nobody knows it.
_KEYWORDS = {
    "class_prepared": (),
    "pre_init": ("args", "kwargs"),
    "post_init": ("instance",),
    "pre_save": _SAVE,
    "post_save": (*_SAVE, "created"),
    "pre_delete": _DELETE,
    "post_delete": _DELETE,
    "m2m_changed": ("action", "instance", "reverse", "model", "pk_set", "using", "raw"),
    "pre_migrate": _MIGRATE,
    "post_migrate": _MIGRATE,
}


def wants_self(function: FunctionDef) -> bool:
    """Whether it is written as a method: as a plain function it is given no ``self``, and no ``cls``."""
    owner = function.qualname.rpartition(".")[0]
    first = function.parameters[:1]
    in_class = bool(owner) and not owner.endswith("<locals>")
    return in_class and first in (("self",), ("cls",)) and first[0] in function.required


def never_given(function: FunctionDef, signal: str) -> list[str]:
    """The parameters without a default that Django does not fill for this signal, none where that is
    not known."""
    sent = _KEYWORDS.get(signal.removeprefix(MODEL_SIGNALS)) if signal.startswith(MODEL_SIGNALS) else None
    if sent is None:
        return []
    return [each for each in function.required if each not in (*_ALWAYS, *sent)]
