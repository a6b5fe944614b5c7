"""``commit``, ``on_commit`` and ``run_and_clear_commit_hooks``, stage *capture*: in place of Django's own.

The two last call the callbacks themselves, so that one finds the stack it would find untraced, and log what
robust ones raise in Django's words. Only for the versions these words are known of.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from sys import _getframe
from types import CodeType, FrameType
from typing import Any

import django
from django.db.backends.base import base
from django.db.transaction import Atomic
from django.utils.asyncio import async_unsafe

from signaltrace.capture.methods import named_after
from signaltrace.capture.transactions.attributes import adopt, state_of
from signaltrace.capture.transactions.callbacks import Commits, Running, abandoned, register, run
from signaltrace.capture.transactions.state import State
from signaltrace.capture.transactions.watch import Watch

Method = Callable[..., Any]

# Until 6.0 a robust callback without __qualname__ made the logging itself raise, and so do we.
_NAMED_BY_ARGUMENT = django.VERSION >= (6, 1)


def build_commit(watch: Watch, original: Method) -> Method:
    """``BaseDatabaseWrapper.commit``: below it, only the database is asked."""
    inner = inspect.unwrap(original)
    codes = frozenset({inner.__code__})
    leaving = Atomic.__exit__.__code__

    def commit(self: Any) -> None:
        try:
            inner(self)
        except BaseException as error:
            watch.recorder.unlink(error, codes)
            raise
        _committed(watch, self, _getframe(2), leaving)

    named: Method = named_after(commit, inner)
    return async_unsafe(named) if inner is not original else named


def _committed(watch: Watch, connection: Any, frame: FrameType, leaving: CodeType) -> None:
    """Another transaction begins, unless a block has ended: that of a block begins with the block."""
    try:
        if watch.on and frame.f_code is not leaving:
            state = state_of(watch, connection)
            if state is not None:
                state.begin()
    except Exception as fault:
        watch.fault(fault)


def build_on_commit(watch: Watch, original: Method) -> Method:
    """``BaseDatabaseWrapper.on_commit``."""
    codes = frozenset({original.__code__})

    def on_commit(self: Any, func: Any, robust: bool = False) -> None:
        # asked here: connecting sends a signal, whose receivers are to find the stack as it would be
        if not watch.installed or self.in_atomic_block or not callable(func) or not self.get_autocommit():
            try:
                original(self, func, robust)
            except BaseException as error:
                watch.recorder.unlink(error, codes)
                raise
            _remember(watch, self, _getframe(1))
            return
        running = _at_once(watch, self, func, robust, _getframe(1))
        try:
            func()
        except BaseException as error:
            if running is not None:
                running.end(error)
            if not robust or not issubclass(type(error), Exception):
                raise
            if _NAMED_BY_ARGUMENT:
                name = getattr(func, "__qualname__", func)
                base.logger.exception("Error calling %s in on_commit() (%s).", name, error)
            else:
                text = f"Error calling {func.__qualname__} in on_commit() (%s)."
                base.logger.error(text, error, exc_info=True)
        else:
            if running is not None:
                running.end(None)

    return named_after(on_commit, original)


def build_run(watch: Watch, original: Method) -> Method:
    """``BaseDatabaseWrapper.run_and_clear_commit_hooks``."""
    codes = frozenset({original.__code__})

    def run_and_clear_commit_hooks(self: Any) -> None:
        if not watch.installed:
            try:
                original(self)
            except BaseException as error:
                watch.recorder.unlink(error, codes)
                raise
            return
        self.validate_no_atomic_block()
        callbacks = self.run_on_commit
        self.__dict__["run_on_commit"] = []  # set past what tells of it: these are to run
        while callbacks:
            savepoints, func, robust = callbacks.pop(0)
            running = _begin(watch, self, savepoints)
            try:
                func()
            except BaseException as error:
                if running is not None:
                    running.end(error)
                if not robust or not issubclass(type(error), Exception):
                    _abandon(watch, self, callbacks)
                    raise
                if _NAMED_BY_ARGUMENT:
                    name = getattr(func, "__qualname__", func)
                    base.logger.exception(
                        "Error calling %s in on_commit() during transaction (%s).", name, error
                    )
                else:
                    text = f"Error calling {func.__qualname__} in on_commit() during transaction (%s)."
                    base.logger.error(text, error, exc_info=True)
            else:
                if running is not None:
                    running.end(None)

    return named_after(run_and_clear_commit_hooks, original)


def _remember(watch: Watch, connection: Any, frame: FrameType) -> None:
    """Whose the callback is that Django has just put down."""
    try:
        if not watch.on:
            return
        callbacks = connection.run_on_commit
        savepoints, func, robust = callbacks[-1]
        state = state_of(watch, connection) or adopt(watch, connection)
        known = register(watch, state.alias, func, robust, frame)
        if known is not None:
            known.savepoints = savepoints
            state.waiting[id(savepoints)] = known
            if type(callbacks) is list:
                connection.__dict__["run_on_commit"] = Commits(callbacks, state)
    except Exception as fault:
        watch.fault(fault)


def _at_once(watch: Watch, connection: Any, func: Any, robust: Any, frame: FrameType) -> Running | None:
    """A callback that runs where it is registered: there is no transaction."""
    try:
        if not watch.on:
            return None
        return run(watch, register(watch, State.alias_of(connection), func, robust, frame))
    except Exception as fault:
        watch.fault(fault)
        return None


def _begin(watch: Watch, connection: Any, savepoints: Any) -> Running | None:
    try:
        state = state_of(watch, connection)
        return None if state is None else run(watch, state.waiting.pop(id(savepoints), None))
    except Exception as fault:
        watch.fault(fault)
        return None


def _abandon(watch: Watch, connection: Any, callbacks: list[Any]) -> None:
    try:
        state = state_of(watch, connection)
        if state is not None:
            abandoned(state, callbacks)
    except Exception as fault:
        watch.fault(fault)
