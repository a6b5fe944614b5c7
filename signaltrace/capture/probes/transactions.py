"""The probe of transactions, stage *capture*: which dispatches were undone, and what ran after a commit.

See :mod:`signaltrace.capture.transactions`. What is watched are attributes of Django's database wrapper;
three of its methods, ``commit`` and those that run callbacks of ``on_commit``, are replaced.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

from django.db import connections
from django.db.backends.base import base

from signaltrace.capture.recorder import Recorder
from signaltrace.capture.swaps import Swaps
from signaltrace.capture.transactions import attributes, methods
from signaltrace.capture.transactions.blocks import Blocks
from signaltrace.capture.transactions.state import NEVER_RAN, State
from signaltrace.capture.transactions.watch import NAME, Watch
from signaltrace.capture.versions import proven
from signaltrace.event import Event

__all__ = ["DEFAULT", "KINDS", "NAME", "SUMMARY", "Transactions", "build"]

SUMMARY = "atomic blocks, what was rolled back, and callbacks of on_commit"
DEFAULT = True
KINDS = ("atomic", "rollback", "on_commit")

_METHODS = ("on_commit", "run_and_clear_commit_hooks")


class Transactions:
    """What is replaced on ``BaseDatabaseWrapper`` while a recording wants it."""

    def __init__(self, recorder: Recorder) -> None:
        self._watch = Watch(recorder)
        self._swaps = Swaps()
        self._told: list[attributes.Told] = []

    def install(self) -> None:
        """Begin to watch the connections of this thread, and of others once they begin a transaction."""
        watch, owner = self._watch, base.BaseDatabaseWrapper
        setting = attributes.RunOnCommit(watch, owner)
        others = (attributes.Autocommit, attributes.Savepoints)
        for each in (setting, *(kind(watch) for kind in others)):
            if each.name not in vars(owner):
                setattr(owner, each.name, each)
                self._told.append(each)
        self._swaps.put(owner, "commit", lambda found: methods.build_commit(watch, found))
        if proven() and all(_is_djangos(getattr(owner, name, None)) for name in _METHODS):
            self._swaps.put(owner, "on_commit", lambda found: methods.build_on_commit(watch, found))
            self._swaps.put(owner, _METHODS[1], lambda found: methods.build_run(watch, found))
        watch.on = watch.installed = True
        for connection in connections.all(initialized_only=True):
            if "atomic_blocks" in connection.__dict__:
                attributes.adopt(watch, connection)

    def uninstall(self) -> None:
        """Put back what was replaced; lists that other threads may be using only pass on from now on."""
        self._watch.on = self._watch.installed = False
        self._swaps.back()
        owner = base.BaseDatabaseWrapper
        while self._told:
            each = self._told.pop()
            if vars(owner).get(each.name) is each:
                delattr(owner, each.name)
        for state in self._watch.all():
            if own_thread(state):
                attributes.release(state)
        self._watch.let_go()

    def open_events(self) -> list[Event]:
        """Blocks that are open, and callbacks that wait for a commit."""
        found: list[Event] = []
        for state in self._watch.all():
            blocks = state.connection.__dict__.get("atomic_blocks")
            if type(blocks) is Blocks and blocks.state is state:
                found += blocks.still_open()
            found += [each.dropped(NEVER_RAN) for each in list(state.waiting.values()) if not each.ran]
        return found

    def after_fork(self) -> None:
        """In a forked child: what the parent had open is the parent's to tell."""
        for state in self._watch.all():
            state.forget()
            blocks = state.connection.__dict__.get("atomic_blocks")
            if type(blocks) is Blocks:
                blocks.forget()


def own_thread(state: State) -> bool:
    """Whether a connection belongs to the calling thread."""
    return bool(state.connection.__dict__.get("_thread_ident") == get_ident())


def _is_djangos(method: Any) -> bool:
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename == base.__file__


def build(recorder: Recorder) -> Transactions:
    """The probe of one recorder."""
    return Transactions(recorder)
