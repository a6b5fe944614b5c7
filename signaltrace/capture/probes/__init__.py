"""Probes, stage *capture*: one file per extra fact hung on the running receiver call, found by scanning.

A probe is a module that defines ``NAME``, ``SUMMARY``, ``DEFAULT`` (whether it is on unless asked
for), ``KINDS`` (of the events it notes) and ``build(recorder)``, which gives a :class:`Probe`. It
patches what it watches while a recording wants it, never Signal. What fails in it turns it off:
see :meth:`Recorder.give_up`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

from signaltrace.event import Event


class Probe(Protocol):
    """What a probe's ``build`` gives."""

    def install(self) -> None:
        """Begin to watch. What this raises turns the probe off."""

    def uninstall(self) -> None:
        """Put back what was replaced, the very objects; called also where :meth:`install` failed."""

    def open_events(self) -> list[Event]:
        """What is still open, for a trace that is made now. What has ended was noted when it did."""

    def after_fork(self) -> None:
        """In a forked child: forget what was open in the parent."""


@cache
def probes() -> dict[str, ModuleType]:
    """The modules of the probes by their names."""
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def default_probes() -> frozenset[str]:
    """The names of those that are on unless asked otherwise."""
    return frozenset(name for name, module in probes().items() if module.DEFAULT)
