"""A finding of ``doctor``, stage *analysis*: what is wrong, the evidence, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from signaltrace.facts import Facts

# Severities, least first.
INFO = "info"
WARNING = "warning"
ERROR = "error"
SEVERITIES = (INFO, WARNING, ERROR)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact a finding rests on, in a few words, and the place in the source that shows it."""

    text: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``evidence`` begins with the place to open first.

    ``subject`` names what it is about without any line number, so that it is the same tomorrow: a baseline
    knows a finding by ``rule`` and ``subject``. ``title`` is one line. ``possible`` says that part of it is
    inferred. ``mine``: whether it is in the project's own code, and not in an installed package.
    """

    rule: str
    severity: str
    subject: str
    title: str
    evidence: tuple[Evidence, ...]
    fix: str
    possible: bool = False
    mine: bool = True
    app: str = ""


class Rule(Protocol):
    """A module of :mod:`signaltrace.analysis.findings`, found by scanning that folder.

    ``ID`` is ``signaltrace.W001``, ``NAME`` a slug of it (``never-connected``), ``SUMMARY`` a line of help,
    ``WHY`` a sentence or two on why it matters. ``NEEDS_TRACE``: whether it judges a trace. A rule may name
    others in ``KIN``: what is found by one of them here is found by the other elsewhere, with DEBUG off say,
    under the same subject.
    """

    ID: str
    NAME: str
    SEVERITY: str
    SUMMARY: str
    WHY: str
    NEEDS_TRACE: bool
    find: Callable[[Facts], Iterator[Finding]]
