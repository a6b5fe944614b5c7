"""What names in the source stand for, stage *analysis*: signals, models, receivers as the views call them.

One object has many names: it is imported from here and passed on there. The live names of signals are in
the inventory; what no module of the process has is followed through the imports of the source.
"""

from __future__ import annotations

from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal
from signaltrace.declarations import LABEL, NAME, NOTHING, Reference, SourceModule
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

# So often is a name followed from module to module: one that runs in a circle ends here.
MOST_STEPS = 20


class References:
    """The names of a project. Every answer is None where the source leaves it undecided."""

    def __init__(self, facts: Facts) -> None:
        self._modules = {each.name: each for each in facts.source.modules}
        self._brought = {each.name: dict(each.brings) for each in facts.source.modules}
        self._made = {f"{each.name}.{name}" for each in facts.source.modules for name, _ in each.signals}
        self._live: dict[str, ConnectedSignal] = {}
        for connected in facts.inventory.signals:
            for name in (connected.signal.name, *connected.aliases):
                self._live.setdefault(name, connected)
        self._labels = {each.label.casefold(): each for each in facts.models}
        self._classes = {each.name: each for each in facts.models}

    def signal(self, reference: Reference) -> str | None:
        """The signal's name in the inventory; that of the source where its module was never imported."""
        if reference.kind != NAME:
            return None
        for name in (reference.name, self.canonical(reference.name)):
            if name in self._live:
                return self._live[name].signal.name
            if name in self._made:
                return name
        return None

    def connected(self, signal: str) -> ConnectedSignal | None:
        """The live signal of a name, any of its names; None where the process has none."""
        return self._live.get(signal)

    def sender(self, reference: Reference) -> str | None:
        """A sender as the inventory calls it: ``any sender``, a model's label, a class's dotted name.

        A label that no model has is given as it is written.
        """
        if reference.kind == NOTHING:
            return ANY_SENDER
        model = self.model(reference)
        if model is not None:
            return model.label
        if reference.kind == LABEL:
            return reference.name or None
        return self.canonical(reference.name) if reference.kind == NAME else None

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
        brought = self._brought[module.name]
        target = brought.get(first)
        if target is None and "*" in brought:
            target = self._through_star(module, first)
        return None if target is None else f"{target}{dot}{rest}"

    def _through_star(self, module: SourceModule, first: str) -> str | None:
        """The module of a star import that has the name, where one is sure to."""
        for local, source in module.brings:
            if local == "*" and source in self._modules:
                candidate = self._modules[source]
                made = {name for name, _ in candidate.signals} | {
                    each.qualname for each in candidate.functions
                }
                if first in made or first in self._brought[source]:
                    return f"{source}.{first}"
        return None

    def _through(self, name: str) -> ModelInfo | None:
        owner, _, field = name.removesuffix(".through").rpartition(".")
        model = self._classes.get(owner) or self._classes.get(self.canonical(owner))
        if model is None:
            return None
        for known, label in model.many_to_many:
            if known == field:
                return self._labels.get(label.casefold())
        return None
