"""What names in the source stand for, stage *analysis*: signals, models, receivers as the views call them.

One object has many names: it is imported from here and passed on there. The live names of signals are in
the inventory; what no module of the process has is followed through the imports of the source.
"""

from __future__ import annotations

from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal
from signaltrace.declarations import LABEL, NAME, NOTHING, VALUE, FunctionDef, Reference, SourceModule
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

# So often is a name followed from module to module: one that runs in a circle ends here.
MOST_STEPS = 20
# Senders the inventory can only say this much of: they may be any.
_VAGUE = ("sender #", "collected sender", "sender of unknown kind")


class References:
    """The names of a project. Every answer is None where the source leaves it undecided."""

    def __init__(self, facts: Facts) -> None:
        self._modules = {each.name: each for each in facts.source.modules}
        self._brought = {each.name: dict(each.brings) for each in facts.source.modules}
        self._stars = {
            each.name: tuple(source for local, source in each.brings if local == "*")
            for each in facts.source.modules
        }
        self._made = {f"{each.name}.{name}" for each in facts.source.modules for name, _ in each.signals}
        self._live: dict[str, ConnectedSignal] = {}
        for connected in facts.inventory.signals:
            self._live[connected.signal.name] = connected
        for connected in facts.inventory.signals:
            for name in connected.aliases:
                self._live.setdefault(name, connected)
        self._labels = {each.label.casefold(): each for each in facts.models}
        self._classes = {each.name: each for each in facts.models}
        self._functions: dict[str, dict[str, FunctionDef]] = {}

    def signal(self, reference: Reference) -> str | None:
        """The signal's name in the inventory; that of the source where its module was never imported."""
        if reference.kind != NAME:
            return None
        names = (reference.name, self.canonical(reference.name))
        for name in names:
            if name in self._live:
                return self._live[name].signal.name
        return next((name for name in names if name in self._made), None)

    def connected(self, signal: str) -> ConnectedSignal | None:
        """The live signal of a name, any of its names; None where the process has none."""
        return self._live.get(signal)

    def sender(self, reference: Reference) -> str | None:
        """A sender as the inventory calls it: ``any sender``, a model's label, a class's dotted name.

        A label that no model has, or a text, is given as it is written.
        """
        if reference.kind == NOTHING:
            return ANY_SENDER
        model = self.model(reference)
        if model is not None:
            return model.label
        if reference.kind in (LABEL, VALUE):
            return reference.name or None
        return self.canonical(reference.name) if reference.kind == NAME else None

    def may_be_sender(self, reference: Reference, name: str) -> bool:
        """Whether what the inventory calls ``name`` can be the sender that is written here.

        What is no model may go by another name in a running program, an instance by that of its class:
        for such a one any sender will do that is known to be something else than a model.
        """
        if name.startswith(_VAGUE):
            return reference.kind != NOTHING
        sender = self.sender(reference)
        if sender is None or sender == name:
            return True
        if reference.kind != NAME or self.model(reference) is not None:
            return False
        return name != ANY_SENDER and name.casefold() not in self._labels

    def model(self, reference: Reference) -> ModelInfo | None:
        """The model a sender or a bulk write names, through models of many-to-many fields included."""
        if reference.kind == LABEL:
            return self._labels.get(reference.name.casefold())
        if reference.kind != NAME:
            return None
        if reference.name.endswith(".through"):
            return self._through(reference.name)
        return self._classes.get(reference.name) or self._classes.get(self.canonical(reference.name))

    def model_of(self, label: str) -> ModelInfo | None:
        """The model of a label in any case."""
        return self._labels.get(label.casefold())

    def module(self, name: str) -> SourceModule | None:
        """The module of a dotted name, or that holds what the name stands for."""
        while name and name not in self._modules:
            name = name.rpartition(".")[0]
        return self._modules.get(name)

    def function(self, name: str) -> tuple[SourceModule, FunctionDef] | None:
        """The function or method of a dotted name, where the source defines it under that very name.

        Of several of one name, the last: it is what the name stands for in the end.
        """
        module = self.module(name)
        if module is None:
            return None
        if module.name not in self._functions:
            self._functions[module.name] = {each.qualname: each for each in module.functions}
        found = self._functions[module.name].get(name[len(module.name) + 1 :])
        return None if found is None else (module, found)

    def canonical(self, name: str) -> str:
        """The name under which the source makes what ``name`` was passed on as."""
        for _ in range(MOST_STEPS):
            followed = self._followed(name)
            if followed is None or followed == name:
                break
            name = followed
        return name

    def _followed(self, name: str) -> str | None:
        """One step of an import: ``shop.order_paid`` is ``shop.signals.order_paid``."""
        module = self.module(name)
        if module is None or module.name == name:
            return None
        first, dot, rest = name[len(module.name) + 1 :].partition(".")
        target = self._brought[module.name].get(first)
        if target is None and not self._makes(module.name, first):
            source = self._star_of(module.name, first, set())
            target = None if source is None else f"{source}.{first}"
        return None if target is None else f"{target}{dot}{rest}"

    def _star_of(self, module: str, first: str, seen: set[str]) -> str | None:
        """The module whose star import brings the name, where one is sure to; the last one wins."""
        if first.startswith("_") or module in seen:
            return None
        seen.add(module)
        for source in reversed(self._stars[module]):
            if source in self._modules and (
                self._makes(source, first)
                or first in self._brought[source]
                or self._star_of(source, first, seen) is not None
            ):
                return source
        return None

    def _makes(self, module: str, first: str) -> bool:
        """Whether the module is known to make something of this name itself."""
        name = f"{module}.{first}"
        return name in self._made or name in self._classes or self.function(name) is not None

    def _through(self, name: str) -> ModelInfo | None:
        owner, _, field = name.removesuffix(".through").rpartition(".")
        model = self._classes.get(owner) or self._classes.get(self.canonical(owner))
        if model is None:
            return None
        for known, label in model.many_to_many:
            if known == field:
                return self._labels.get(label.casefold())
        return None
