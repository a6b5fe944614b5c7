"""What the stateful test knows: who has patched what, and what each open recording has to show."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.dispatch import Signal
from hypothesis.stateful import RuleBasedStateMachine, invariant

from signaltrace.capture import forks, patch
from signaltrace.capture.cells import CELL
from signaltrace.capture.patch import installed, uninstall
from tests.capture.observing import METHODS, dispatch, worker_is_idle
from tests.random_programs.layers import UNSEEN, Layer, Layers
from tests.random_programs.recordings import Open, Tree
from tests.random_programs.sending import Expected, Signals


class Orders(RuleBasedStateMachine):
    """``layers`` says who stands where, ``open`` what each recording has to show."""

    def __init__(self) -> None:
        super().__init__()
        gc.freeze()  # what was there before need not be looked through in the end
        self.before = dict(vars(Signal))
        self.layers = Layers()
        self.signals = Signals()
        self.open: list[Open] = []
        self.installs = 0
        self.tools: list[Layer] = []
        self.kept: list[Layer] = []
        self.called: list[str] = []
        self.sent = 0
        self.recorders: list[weakref.ref[Any]] = []
        self.patched_by_others = False
        self.forks = 0
        self.bare = {
            (name, method): self.signals.result(name, partial(dispatch, made, method, "bare", number=5))
            for name, made in self.signals.made.items()
            for method in METHODS
        }

    # -- coming and going ----------------------------------------------------------------------

    def came(self) -> None:
        """We are in, perhaps for the first time."""
        if self.installs + len(self.open) == 1:
            self.layers.install()
            assert patch._patch is not None
            self.recorders.append(weakref.ref(patch._patch.recorder))

    def went(self) -> None:
        """One of those who want us in is gone."""
        if not self.installs and not self.open:
            self.layers.uninstall()

    # -- dispatches ----------------------------------------------------------------------------

    def see(self, name: str, layer: Layer, send: Callable[..., Any], elsewhere: bool = False) -> None:
        """Send; what comes back is as it was bare, and what has to be recorded is noted."""
        self.sent += 1
        sender, counted = f"dispatch {self.sent}", Counter[str]()
        expected = Expected(self.layers, counted)
        began, nested = list(self.open), list[tuple[list[Open], Tree]]()

        def nesting(sender: str) -> None:
            seen, tree = expected.inner(sender)
            nested.append((list(self.open) if seen != UNSEEN else [], tree))

        self.signals.nesting = nesting
        orphan, seen, build = name == "nobody", UNSEEN, None
        if orphan:
            seen = "orphan" if expected.orphan(layer) else UNSEEN
        else:
            seen, build = expected.outer(name, layer, sender)
        self.called.clear()
        results: list[Any] = []

        def run() -> None:
            made = self.signals.made[name]
            results.append(self.signals.result(name, lambda: send(made, sender)))

        in_a_thread(run) if elsewhere else run()
        assert results == [self.bare[name, layer.name]]
        assert Counter(self.called) == counted
        for each in self.open:
            inside = [tree for opened, tree in nested if each in opened]
            if each not in began or seen == UNSEEN:
                each.trees += inside
            elif build is not None:
                each.trees.append(build(inside))
            else:
                each.orphans[sender] += 1
                if each.orphaned:
                    each.trees.append((sender, layer.name, "ok", False, [], []))

    # -- at every stage ------------------------------------------------------------------------

    @invariant()
    def everybody_is_where_they_put_themselves(self) -> None:
        """Each attribute is the very object that the last one left there; Django's own where nobody is."""
        now = dict(vars(Signal))
        assert list(now) == list(self.before)
        expected = {name: layer.function for name, layer in self.layers.at.items()}
        assert [name for name in now if now[name] is not expected.get(name, self.before[name])] == []
        wanted = bool(self.installs or self.open)
        assert installed() == wanted
        if not wanted and not self.patched_by_others:
            assert [name for name in now if now[name] is not self.before[name]] == []
            assert forks._recorders == []

    @invariant()
    def nothing_is_open_and_nothing_went_wrong(self) -> None:
        """No fault of ours was counted, and no receiver is taken to be still running."""
        cell = CELL.get()
        assert cell is None or cell.current == 0
        assert patch._patch is None or patch._patch.recorder.fault_list() == []

    def teardown(self) -> None:
        """All recordings are as they should be; Signal is as it was; what recorded is gone."""
        try:
            for each in self.open:
                assert each.problems(each.recording.stop()) == []
            while self.installs:
                uninstall()
                self.installs -= 1
            self.open.clear()
            self.went()
            self.everybody_is_where_they_put_themselves()
        finally:
            while installed():
                uninstall()
            for name in self.layers.at:  # tools that went in any order leave what they found
                if vars(Signal)[name] is not self.before[name]:
                    setattr(Signal, name, self.before[name])
        self.layers, self.signals, self.kept, self.tools = Layers(), Signals(), [], []
        worker_is_idle()
        gc.collect()
        gc.unfreeze()
        assert [each for each in self.recorders if each() is not None] == []


def in_a_thread(target: Callable[[], None]) -> None:
    """Run in another thread, to the end."""
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
