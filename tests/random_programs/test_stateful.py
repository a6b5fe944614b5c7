"""Installing, recording, forking and other tools' patches in every order: what is sent is none the wiser, and
each recording has exactly what was sent while it was open."""

from __future__ import annotations

import asyncio
import os
import signal as process_signal
import traceback
import warnings
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from signaltrace.capture.patch import install, uninstall
from signaltrace.capture.recording import record
from signaltrace.errors import SignaltraceError
from tests.capture.observing import METHODS, Notes, logged
from tests.capture.observing import dispatch as send_by
from tests.random_programs.layers import LIVE
from tests.random_programs.orders import Orders
from tests.random_programs.profiles import ORDERS
from tests.random_programs.recordings import Open

WHICH = st.integers(0, 5)
SIGNALS = st.sampled_from(("heard", "failing", "nobody"))
SECONDS_OF_A_CHILD = 60
MAX_OPEN, MAX_TOOLS, MAX_FORKS = 4, 3, 2


class AnyOrder(Orders):
    """Everything that can be done, to be done in any order."""

    # -- installing and recording --------------------------------------------------------------

    @rule()
    def install(self) -> None:
        """Also where we are in."""
        install()
        self.installs += 1
        self.came()

    @rule()
    def uninstall(self) -> None:
        """What nobody installed is not taken out, and to try does no harm."""
        if self.installs or not self.open:
            uninstall()
        self.installs = max(self.installs - 1, 0)
        self.went()

    @precondition(lambda self: len(self.open) < MAX_OPEN)
    @rule(orphaned=st.booleans(), arguments=st.sampled_from(("summary", "none")))
    def begin(self, orphaned: bool = False, arguments: str = "summary") -> None:
        """A recording beside the others."""
        recording = record(orphaned=orphaned, arguments=arguments).start()
        self.open.append(Open(recording, orphaned, arguments))
        self.came()

    @precondition(lambda self: self.open)
    @rule(which=WHICH)
    def end(self, which: int = 0) -> None:
        """Any of them, not the last one only."""
        ended = self.open.pop(which % len(self.open))
        assert ended.problems(ended.recording.stop()) == []
        self.went()

    @precondition(lambda self: self.open)
    @rule(which=WHICH)
    def read(self, which: int) -> None:
        """A trace can be read while its recording goes on."""
        assert self.open[which % len(self.open)].problems() == []

    @precondition(lambda self: self.installs or self.open)
    @rule()
    def another_clock(self) -> None:
        """It is refused beside the one that runs, and changes nothing."""
        try:
            record(clock=lambda: 0).start()
        except SignaltraceError:
            return
        raise AssertionError("a second clock was taken")

    # -- other tools ---------------------------------------------------------------------------

    @precondition(lambda self: len(self.tools) < MAX_TOOLS)
    @rule(name=st.sampled_from((*METHODS, LIVE)))
    def tool_in(self, name: str) -> None:
        """Another tool patches a method, over us or before us."""
        self.tools.append(self.layers.wrap(name, self.called))
        self.patched_by_others = True

    @precondition(lambda self: self.tools)
    @rule(which=WHICH)
    def tool_out(self, which: int) -> None:
        """It puts back what it found: ours while we are in or long gone, or Django's over ours."""
        self.layers.unwrap(self.tools.pop(which % len(self.tools)))

    @rule(method=st.sampled_from(METHODS))
    def keep(self, method: str) -> None:
        """Somebody holds on to the method that is there now."""
        self.kept.append(self.layers.at[method])

    # -- dispatches ----------------------------------------------------------------------------

    @rule(name=SIGNALS, method=st.sampled_from(METHODS), elsewhere=st.booleans())
    def dispatch(self, name: str, method: str, elsewhere: bool = False) -> None:
        """A dispatch, here or in another thread."""
        self.see(
            name,
            self.layers.at[method],
            lambda *args: send_by(args[0], method, *args[1:], number=5),
            elsewhere,
        )

    @precondition(lambda self: self.kept)
    @rule(which=WHICH, name=SIGNALS)
    def dispatch_kept(self, which: int, name: str) -> None:
        """A dispatch by a method that was kept, of ours for instance, which may be over since long."""
        layer = self.kept[which % len(self.kept)]
        self.see(name, layer, lambda *args: called(layer.function(*args, number=5)))

    @rule(method=st.sampled_from(METHODS), action=st.sampled_from(("begin", "end", "install", "uninstall")))
    def dispatch_acting(self, method: str, action: str) -> None:
        """A receiver that begins or ends a recording, or has us installed or taken out."""
        if (action == "begin" and len(self.open) >= MAX_OPEN) or (action == "end" and not self.open):
            return
        self.signals.action = getattr(self, action)
        self.see(
            "acting", self.layers.at[method], lambda *args: send_by(args[0], method, *args[1:], number=5)
        )
        self.signals.action = None

    # -- forks ---------------------------------------------------------------------------------

    @precondition(lambda self: self.forks < MAX_FORKS)
    @rule()
    def fork(self) -> None:
        """A child's recordings begin empty and have what it sends; its parent's know nothing of it."""
        self.forks += 1
        self.dispatch("heard", "send")  # the parent has something that is not packed yet
        reader, writer = os.pipe()
        with warnings.catch_warnings():  # asgiref's idle thread is no danger: the child ends without it
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            self.in_the_child(writer)
        os.close(writer)
        with open(reader, encoding="utf-8") as pipe:
            said = pipe.read()
        assert (said, os.waitpid(child, 0)[1]) == ("as it should be", 0)

    def in_the_child(self, writer: int) -> None:
        """Record, say what was wrong, and end without a word to pytest."""
        said = ""
        try:
            process_signal.alarm(SECONDS_OF_A_CHILD)
            for each in self.open:
                each.trees.clear()
                each.orphans.clear()
                assert each.problems() == []
            for number, name in enumerate(("failing", "nobody", "heard")):
                if number == 1:
                    self.begin()
                self.dispatch(name, "send_robust")
            while self.open:
                self.end()
            said = "as it should be"
        except BaseException:
            said = traceback.format_exc()
        finally:
            os.write(writer, said.encode())
            os._exit(0)


def called(result: Any) -> Any:
    """What a method returned, or what its coroutine did."""
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


def test_orders() -> None:
    """Install, record, fork and patch in any order: see the rules and the invariants."""
    with logged(Notes()):
        run_state_machine_as_test(AnyOrder, settings=ORDERS)
