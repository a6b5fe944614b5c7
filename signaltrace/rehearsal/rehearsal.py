"""The rehearsal itself, stage *rehearsal*: everything in its place, the work done, and everything undone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from signaltrace.analysis.rehearsed import CREATE, DELETE, Rehearsed
from signaltrace.errors import SignaltraceError
from signaltrace.model_map import ModelInfo
from signaltrace.rehearsal.commits import CommitRun, waiting
from signaltrace.rehearsal.databases import one_line
from signaltrace.rehearsal.endings import ending, notes
from signaltrace.rehearsal.fields import Setting, missing, read_settings
from signaltrace.rehearsal.levels import Level, enter_all, roll_back_all
from signaltrace.rehearsal.outbox import Outbox
from signaltrace.rehearsal.refusals import Refusals
from signaltrace.rehearsal.sightings import Sightings
from signaltrace.rehearsal.subject import alias_for, check_new, load


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: ``action`` with a row of a model. ``key`` is None for a new one."""

    action: str
    info: ModelInfo
    model: Any
    key: Any = None
    given: tuple[str, ...] = ()
    using: str | None = None

    @property
    def subject(self) -> str:
        """``shop.Order 42``, ``a new shop.Order``."""
        label = self.info.label
        if self.action == CREATE:
            return f"a new {label}"
        key = ",".join(map(str, self.key)) if isinstance(self.key, tuple) else str(self.key)
        return f"{label} {key[:60]}"


class Rehearsal:
    """One piece of work, done inside transactions with every way out closed, as far as there is a door.

    :meth:`check` reads what is asked for and does nothing; :meth:`around` holds while :meth:`run` does
    the work and until it is undone; :meth:`outcome` then has what came of it.
    """

    def __init__(
        self,
        work: Work,
        aliases: tuple[str, ...],
        *,
        keep: bool = False,
        run_on_commit: bool = False,
        allow_network: bool = False,
        fills_in: Callable[[], bool] = lambda: False,
    ) -> None:
        """``fills_in``: whether something may give a new row the values that are not set here."""
        self.work = work
        self.aliases = aliases
        self.keep = keep
        self.run_on_commit = run_on_commit
        self.allow_network = allow_network
        self.error: BaseException | None = None
        self._fills_in = fills_in
        self._levels: list[Level] = []
        self._outbox, self._refusals, self._sightings = Outbox(), Refusals(), Sightings()
        self._commits = CommitRun()
        self._rest: list[Any] = []
        self._rows: tuple[tuple[str, int], ...] | None = ()
        self._troubles: list[str] = []
        self._unset: list[str] = []
        self._kept: list[str] = []
        self._would_refuse: dict[str, str] = {}
        self._instance: Any = None
        self._in_callback = False

    # -- the stage -----------------------------------------------------------------------------

    def check(self) -> None:
        """Read the row and the values that are to be set, then forget them; everything as in the run.

        Raises SignaltraceError for what can't be met.
        """
        with self._stage():
            self._prepare()
        self._outbox.mails.clear()
        self._refusals.refused.clear()
        self._sightings.seen.clear()
        self._troubles.clear()
        self._unset.clear()

    @contextmanager
    def around(self) -> Iterator[None]:
        """Ready for the work; afterwards what was not committed is rolled back, whatever happened."""
        with self._stage():
            self._prepare()
            try:
                yield
            finally:
                self._look_back()

    @contextmanager
    def _stage(self) -> Iterator[None]:
        self._levels = enter_all(self.aliases)
        process = os.getpid()
        try:
            with self._closed_doors():
                yield
        finally:
            # a child the program forked shares the connections: what it says there is said for the parent
            if os.getpid() == process:
                self._troubles += roll_back_all(self._levels)
                self._troubles += _unsound(self._levels, self._would_refuse)

    @contextmanager
    def _closed_doors(self) -> Iterator[None]:
        doors: list[Any] = [self._outbox, self._sightings, *([] if self.allow_network else [self._refusals])]
        opened: list[Any] = []
        try:
            for each in doors:
                opened.append(each)
                each.open()
            yield
        finally:
            for each in reversed(opened):
                each.close()

    def _prepare(self) -> None:
        work = self.work
        alias = alias_for(work.model, work.using)
        settings = read_settings(work.model, work.given, creates=work.action == CREATE, alias=alias)
        try:
            instance = work.model() if work.action == CREATE else load(work.model, work.key, alias)
            if work.action == CREATE:
                self._check_missing(instance, settings)
            for each in settings:
                each.apply(instance)
            if work.action == CREATE:
                check_new(instance, alias)
        except SignaltraceError:
            raise
        except Exception as error:
            raise SignaltraceError(f"{work.subject} cannot be had: {one_line(error)}") from error
        self._instance = instance

    def _check_missing(self, instance: Any, settings: list[Setting]) -> None:
        filled = {name for name, value in vars(instance).items() if value not in (None, "")}
        names = [each.name for each in missing(self.work.model, settings) if each.attname not in filled]
        if not names:
            return
        if not self._fills_in():
            wanted = " ".join(f"--set {name}=…" for name in names)
            raise SignaltraceError(f"a new {self.work.info.label} needs {', '.join(names)}: {wanted}")
        self._unset = names

    # -- the work ------------------------------------------------------------------------------

    def run(self) -> None:
        """Do it. What the program raises is kept as ``error``; only what ends the process passes on."""
        try:
            self._act()
            if self.keep:
                self._commit()
            elif self.run_on_commit:
                self._in_callback = True
                self._commits.run(self._levels)
        except Exception as error:  # noqa: BLE001 - the program's own, told at the end
            self.error = error
        except BaseException as error:  # SystemExit, KeyboardInterrupt
            self.error = error
            raise

    def _act(self) -> None:
        using = {} if self.work.using is None else {"using": self.work.using}
        if self.work.action != DELETE:
            self._instance.save(**using)
            return
        gone = self._instance.delete(**using)
        try:
            self._rows = tuple((str(label), int(number)) for label, number in gone[1].items() if number)
        except (TypeError, ValueError, AttributeError, IndexError, KeyError):
            self._rows = None  # a delete() of the model's own, which need not say

    def _commit(self) -> None:
        broken = [each.broken() for each in self._levels if each.broken()]
        if broken:
            self._troubles.append(f"Nothing was kept: {'; '.join(broken)}.")
            return
        raised: BaseException | None = None
        for level in self._levels:
            registered = waiting([level])
            error = level.commit()
            if level.committed:
                self._kept.append(level.alias)
                self._rest += registered
            if raised is None and error is not None:
                raised, self._in_callback = error, level.committed
            if not level.committed:
                break
        if raised is not None:
            if self._kept and len(self._kept) < len(self._levels):
                self._troubles.append(f"Only {', '.join(self._kept)} had been committed by then.")
            raise raised

    def _look_back(self) -> None:
        """What is there to see before the rollback."""
        if self.keep:
            return
        self._rest = waiting(self._levels)
        for level in self._levels:
            broken = level.broken()
            if self.error is None and broken and not level.connection.closed_in_transaction:
                self._troubles.append(
                    f"{broken[:1].upper()}{broken[1:]}: inside a transaction, such as this one or that of "
                    "ATOMIC_REQUESTS, nothing is kept then; without one, what each statement wrote is."
                )
            if self.error is None:
                self._would_refuse[level.alias] = level.unsound()

    # -- what came of it -----------------------------------------------------------------------

    @property
    def well(self) -> bool:
        """Whether it went to its end, and was undone as it should be."""
        return self.error is None and not self._troubles

    def outcome(self) -> Rehearsed:
        """Everything but what only the trace knows."""
        callbacks = (*self._commits.ran, *self._rest)
        return Rehearsed(
            self.work.action,
            self.work.subject,
            self.aliases,
            kept=bool(self._kept),
            not_undone=tuple(each.alias for each in self._levels if each.ended),
            ending=ending(self.error, self._unset),
            in_callback=self._in_callback,
            rows=self._rows,
            mails=tuple(self._outbox.mails),
            callbacks=callbacks,
            refused=tuple(self._refusals.refused),
            seen=tuple(self._sightings.seen),
            troubles=tuple(self._troubles),
            notes=tuple(notes(self.error, self._unset, self._levels)),
            allow_network=self.allow_network,
        )


def _unsound(levels: list[Level], refused: dict[str, str]) -> list[str]:
    """Sentences about what the databases would have refused at a commit. SQLite checks all its rows: what
    it still finds now that all is rolled back was there before."""
    return [
        f"The database {level.alias!r} would refuse the commit: {refused[level.alias]}"
        for level in levels
        if refused.get(level.alias)
        and not (level.connection.vendor == "sqlite" and level.unsound() == refused[level.alias])
    ]
