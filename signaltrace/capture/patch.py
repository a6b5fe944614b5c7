"""Swapping Signal's methods and putting them back, stage *capture*.

Done once per recording, never at import or in ``ready()``. The very objects that were replaced are
restored. Where another tool has patched over ours in the meantime its patch stays, and what it
still holds of ours only passes the call on.
"""

from __future__ import annotations

import functools
import threading
import time
import weakref
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from signaltrace.capture import exact, fastpath, fastpath_robust, mutes
from signaltrace.capture.dispatches import lost
from signaltrace.capture.forks import forget, remember
from signaltrace.capture.methods import loops_out_of_sight
from signaltrace.capture.mutes import IN_FORCE, Mute
from signaltrace.capture.probing import Probing
from signaltrace.capture.recorder import Clock, Recorder
from signaltrace.capture.versions import is_djangos, proven
from signaltrace.errors import SignaltraceError
from signaltrace.internals import django_signal_class

_BUILT = "_signaltrace_recorder"


class Patch:
    """One installation: what was replaced, by what, and where."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        recorder.nowhere = lost(recorder)
        recorder.probing = Probing(recorder)
        recorder.steering.redirect = _direct
        self.direct()
        self._replaced: list[tuple[type, str, Any, Any]] = []
        # By id, and watched: a class made later may get the id of one that is gone.
        self._adopted: dict[int, weakref.ref[type]] = {}

    def apply(self) -> None:
        """Swap the methods of Signal, and the ``_live_receivers`` of subclasses that override it."""
        base = django_signal_class()
        found = dict(vars(base))
        live = found["_live_receivers"]
        patched_live = self._built(exact.build_live(self.recorder, live, self.adopt), live)
        fast = proven()
        # What a tool below us made of _live_receivers is asked each time, as without us: no shortcut.
        shortcut = patched_live if is_djangos(live) else None
        for name in ("send", "send_robust"):
            original = found[name]
            method = exact.build_sync(self.recorder, name, original, self.adopt)
            if fast and is_djangos(original):
                build = fastpath.build_send if name == "send" else fastpath_robust.build_send_robust
                method = build(self.recorder, method, original, live, shortcut)
            self._swap(base, name, original, method)
        for name in ("asend", "asend_robust"):
            self._swap(
                base, name, found[name], exact.build_async(self.recorder, name, found[name], self.adopt)
            )
        if "_log_robust_failure" in found:
            original = found["_log_robust_failure"]
            self._swap(
                base, "_log_robust_failure", original, exact.build_log_failure(self.recorder, original)
            )
        self._swap(base, "_live_receivers", live, patched_live)
        self._adopted[id(base)] = weakref.ref(base)
        for kind in _subclasses(base):
            self.adopt(kind)

    def adopt(self, kind: type) -> bool:
        """Swap the methods of a subclass that must not see stand-ins, or that hands receivers out, where
        it has its own; once. Says whether there were any."""
        try:
            known = self._adopted.get(id(kind))
            if known is not None and known() is kind:
                return False
            before = len(self._replaced)
            self._adopted[id(kind)] = weakref.ref(kind)
            for owner in type.mro(kind):
                if owner is django_signal_class():
                    break
                for name in ("_live_receivers", "_log_robust_failure"):
                    original = vars(owner).get(name)
                    if type(original) is FunctionType and not hasattr(original, _BUILT):
                        self._swap(owner, name, original, self._stand_in(name, original))
            return len(self._replaced) > before
        except Exception as fault:
            self.recorder.fault("a subclass of Signal", fault)
            return False

    def _stand_in(self, name: str, original: Any) -> Any:
        if name == "_live_receivers":
            return exact.build_live(self.recorder, original, self.adopt)
        return exact.build_log_failure(self.recorder, original)

    def undo(self) -> None:
        """Put back what is still ours to put back."""
        self.recorder.off = self.recorder.detour = True
        self.recorder.probing.want(())
        for owner, name, original, method in reversed(self._replaced):
            if vars(owner).get(name) is method:
                setattr(owner, name, original)
        self._replaced.clear()

    def direct(self) -> None:
        """Send dispatches the way that the mutes in force ask for."""
        recorder = self.recorder
        recorder.detour = recorder.off or bool(IN_FORCE) or recorder.steering.detours

    def notes(self) -> list[str]:
        """Why the exact path serves where it does, as sentences for the reader of the trace."""
        base = django_signal_class()
        notes = []
        if not proven():
            notes.append("The fast path is not proven on this Django version: the exact path served.")
        others = [name for owner, name, found, _ in self._replaced if owner is base and not is_djangos(found)]
        if others:
            notes.append(
                f"Another tool patches Signal ({', '.join(sorted(others))}): it runs as before."
                " Async receivers that its methods are handed are not timed."
            )
        unseen = sorted({each for kind in _subclasses(base) for each in loops_out_of_sight(kind)})
        if unseen:
            notes.append(
                f"{', '.join(unseen)}: reads self.receivers itself; what is dispatched there is not seen."
            )
        return notes

    def _swap(self, owner: type, name: str, original: Any, method: Any) -> None:
        setattr(owner, name, self._built(method, original))
        self._replaced.append((owner, name, original, method))

    def _built(self, method: Any, original: Any) -> Any:
        functools.update_wrapper(method, original, updated=())
        del method.__wrapped__  # it is a method of its own to whoever inspects it
        setattr(method, _BUILT, True)
        return method


def _subclasses(kind: type) -> Iterator[type]:
    found: list[type] = type.__subclasses__(kind)
    for each in found:
        yield each
        yield from _subclasses(each)


_lock = threading.RLock()
_depth = 0
_patch: Patch | None = None


def install(clock: Clock | None = time.perf_counter_ns) -> Recorder:
    """Patch Signal, or join the patch that is there; gives the process's recorder.

    Each call is to be matched by one of :func:`uninstall`. Raises SignaltraceError where a
    recording with another clock is under way; None for a clock joins whichever there is.
    """
    global _depth, _patch
    with _lock:
        if _patch is None:
            patch = Patch(Recorder(clock or time.perf_counter_ns))
            remember(patch.recorder)
            try:
                patch.apply()
            except BaseException:
                patch.undo()
                raise
            _patch = patch
        elif clock is not None and _patch.recorder.clock is not clock:
            raise SignaltraceError("A recording or mute with another clock is under way: end it first.")
        _depth += 1
        return _patch.recorder


def uninstall() -> None:
    """Undo one :func:`install`; the last one restores Signal. Harmless where nothing is installed."""
    global _depth, _patch
    with _lock:
        if _patch is None:
            return
        _depth -= 1
        if _depth == 0:
            patch, _patch = _patch, None
            try:
                patch.undo()
            finally:
                # what could not be put back passes on, at least
                patch.recorder.off = patch.recorder.detour = True
                forget(patch.recorder)


def installed() -> bool:
    """Whether Signal is patched now."""
    return _patch is not None


def installed_clock() -> Clock | None:
    """The clock of the recordings under way; None where there are none."""
    patch = _patch
    return None if patch is None else patch.recorder.clock


def patch_notes() -> list[str]:
    """Notes of the patch that is in place."""
    return [] if _patch is None else _patch.notes()


def begin_mute(mute: Mute) -> None:
    """Put a mute in force. Signal is patched until :func:`end_mute`, recorded or not."""
    install(None)
    try:
        mutes.begin(mute)
        _direct()
    except BaseException:  # it did not begin, and leaves nothing behind
        end_mute(mute)
        raise


def end_mute(mute: Mute) -> None:
    """End a mute. Never raises: a fault of ours is counted, and the mute has ended all the same."""
    mute.ended, mute.rule = True, None
    IN_FORCE.pop(mute, None)
    patch = _patch
    for step in (mutes.forget_ended, _direct, uninstall):
        try:
            step()
        except Exception as fault:
            if patch is not None:
                patch.recorder.fault("the end of a mute", fault)


def _direct() -> None:
    with _lock:
        if _patch is not None:
            _patch.direct()
