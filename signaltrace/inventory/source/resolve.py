"""Which names are signals, and what receivers are, stage *inventory*: decided when every file is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace

from signaltrace.declarations import (
    CLASS,
    FUNCTION,
    LABEL,
    METHOD,
    NAME,
    OBJECT,
    UNDECIDED,
    UNKNOWN_KIND,
    Connect,
    Reference,
    SourceModule,
)
from signaltrace.inventory.source.draft import Draft
from signaltrace.inventory.source.known import RECEIVER, SIGNAL_CLASSES, SIGNALS
from signaltrace.inventory.source.names import USER_MODEL

MOST_STEPS = 20


class Resolved:
    """The drafts of a project as modules: what turned out to be no signal is gone."""

    def __init__(self, drafts: Iterable[Draft], is_signal: Callable[[str], bool], user_model: str) -> None:
        self._drafts = {each.module.name: each for each in drafts}
        self._is_live = is_signal
        self._user_model = user_model
        self._brought = {name: dict(each.module.brings) for name, each in self._drafts.items()}
        self._stars = {
            name: [source for local, source in each.module.brings if local == "*"]
            for name, each in self._drafts.items()
        }
        self._kinds: dict[str, str] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        for name, draft in self._drafts.items():
            self._kinds |= {f"{name}.{each.name}": OBJECT for each in draft.made}
            self._kinds |= {f"{name}.{each.qualname}": FUNCTION for each in draft.module.functions}
            self._kinds |= {f"{name}.{each.qualname}": CLASS for each in draft.classes}
            self._bases |= {f"{name}.{each.qualname}": each.bases for each in draft.classes}
        self._known: dict[str, bool] = {}
        self._made = {
            f"{name}.{each.name}"
            for name, draft in self._drafts.items()
            for each in draft.made
            if self._is_signal_class(each.called)
        }

    def module(self, draft: Draft) -> SourceModule:
        """A draft as it is in the company of the others."""
        module = draft.module
        signals = tuple(
            (each.name, each.line) for each in draft.made if f"{module.name}.{each.name}" in self._made
        )
        written = zip(module.connects, draft.decorators, strict=True)
        connects = tuple(self._finished(each) for each, name in written if self._is_connect(each, name))
        sends = tuple(
            replace(each, sender=self._model(each.sender))
            for each in module.sends
            if self._may_be(each.signal)
        )
        bulk = tuple(replace(each, model=self._model(each.model)) for each in module.bulk)
        return replace(module, signals=signals, connects=connects, sends=sends, bulk=bulk)

    def is_signal(self, name: str) -> bool:
        """Whether a dotted name is that of a signal: Django's, one of the source, or one that is alive."""
        known = self._known.get(name)
        if known is None:
            final = self.canonical(name)
            known = final in SIGNALS or self._is_made(final, 0) or self._is_live(name) or self._is_live(final)
            self._known[name] = known
        return known

    def canonical(self, name: str) -> str:
        """The name under which something is made, through the imports that passed it on."""
        for _ in range(MOST_STEPS):
            followed = self._followed(name)
            if followed is None or followed == name:
                break
            name = followed
        return name

    def _is_connect(self, connect: Connect, decorator: str) -> bool:
        return self.canonical(decorator) in RECEIVER if decorator else self._may_be(connect.signal)

    def _may_be(self, signal: Reference) -> bool:
        return signal.kind == UNDECIDED or self.is_signal(signal.name)

    def _is_made(self, name: str, depth: int) -> bool:
        """Whether the source makes a signal under this name, in a class or in one of its bases."""
        if name in self._made:
            return True
        owner, _, own = name.rpartition(".")
        bases = self._bases.get(owner, ()) if depth < MOST_STEPS else ()
        return any(self._is_made(f"{self.canonical(each)}.{own}", depth + 1) for each in bases)

    def _is_signal_class(self, name: str, depth: int = 0) -> bool:
        final = self.canonical(name)
        if final in SIGNAL_CLASSES or depth > MOST_STEPS:
            return final in SIGNAL_CLASSES
        return any(self._is_signal_class(each, depth + 1) for each in self._bases.get(final, ()))

    def _finished(self, connect: Connect) -> Connect:
        kind = connect.receiver_kind
        if kind == UNKNOWN_KIND and connect.receiver.kind == NAME:
            kind = self._kind(self.canonical(connect.receiver.name))
        sender = self._model(connect.sender)
        if kind == connect.receiver_kind and sender is connect.sender:
            return connect
        return replace(connect, receiver_kind=kind, sender=sender)

    def _kind(self, name: str) -> str:
        """What an imported receiver is; a method of a module's object goes by the name of the object."""
        known = self._kinds.get(name)
        if known is None:
            known = METHOD if self._kinds.get(name.rpartition(".")[0]) == OBJECT else UNKNOWN_KIND
        return known

    def _model(self, reference: Reference) -> Reference:
        """A sender or a model: the user model by the settings of today; a variable's value is undecided."""
        if reference.kind == NAME and self._is_variable(self.canonical(reference.name)):
            return Reference(UNDECIDED, "", reference.text)
        if reference.kind != LABEL or reference.name != USER_MODEL:
            return reference
        if not self._user_model:
            return Reference(UNDECIDED, "", reference.text)
        return replace(reference, name=self._user_model)

    def _is_variable(self, name: str) -> bool:
        """Whether a module that was read has something of this name that is no class or function."""
        module = self._module_of(name)
        own, dot, _ = name[len(module) + 1 :].partition(".")
        known = self._kinds.get(f"{module}.{own}")
        if not module or not own or known not in (None, OBJECT):
            return False
        is_package = os.path.basename(self._drafts[module].module.file).startswith("__init__.")
        return known == OBJECT or not (is_package and dot)  # else it may be a module that was not read

    def _module_of(self, name: str) -> str:
        while name and name not in self._drafts:
            name = name.rpartition(".")[0]
        return name

    def _followed(self, name: str) -> str | None:
        """One step of an import."""
        module = self._module_of(name)
        if not module or module == name:
            return None
        first, dot, rest = name[len(module) + 1 :].partition(".")
        target = self._brought[module].get(first)
        if target is None and f"{module}.{first}" not in self._kinds:
            source = self._star_of(module, first, set())
            target = None if source is None else f"{source}.{first}"
        return None if target is None else f"{target}{dot}{rest}"

    def _star_of(self, module: str, first: str, seen: set[str]) -> str | None:
        """The module whose star import brings a name; of several, the last."""
        if first.startswith("_") or module in seen:
            return None
        seen.add(module)
        for source in reversed(self._stars.get(module, [])):
            if (
                f"{source}.{first}" in SIGNALS | RECEIVER
                or f"{source}.{first}" in self._kinds
                or first in self._brought.get(source, {})
                or self._star_of(source, first, seen) is not None
            ):
                return source
        return None
