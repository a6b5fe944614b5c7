"""Writes that bypassed receivers, stage *analysis*: totals by model and by how, and what did not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from signaltrace.analysis.asides import BYPASS
from signaltrace.trace import CallSite, ReceiverInfo, Trace

# So many models in the closing sentence.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bypassed:
    """The writes to one model in one way: ``how`` is Django's method, ``fast delete`` or ``raw``.

    ``receivers`` and ``overrides`` (the model's own ``save``, ``delete``) did not run for at least one
    of them, in the order they would have; ``sites`` are where they were made.
    """

    model: str
    how: str
    writes: int
    rows: int
    duration_ns: int
    receivers: tuple[ReceiverInfo, ...]
    overrides: tuple[str, ...]
    sites: tuple[CallSite, ...]

    @property
    def nothing(self) -> bool:
        """Whether the ordinary way would have run nothing more."""
        return not (self.receivers or self.overrides)

    @property
    def missed(self) -> tuple[str, ...]:
        """Names of what did not run, the model's own methods first: ``Order.save()``."""
        own = (f"{self.model.rpartition('.')[2]}.{each}()" for each in self.overrides)
        return (*own, *(each.name for each in self.receivers))


@dataclass(slots=True)
class _Sum:
    """What adds up to one of them; dicts for their order."""

    writes: int = 0
    rows: int = 0
    duration_ns: int = 0
    receivers: dict[ReceiverInfo, None] = field(default_factory=dict)
    overrides: dict[str, None] = field(default_factory=dict)
    sites: dict[CallSite, None] = field(default_factory=dict)


def bypassed(trace: Trace) -> tuple[Bypassed, ...]:
    """One for each model and way: those that bypassed something first, then by their rows."""
    sums: dict[tuple[str, str], _Sum] = {}
    for event in trace.events_of(BYPASS):
        one = sums.setdefault((_text(event.data, "model"), _text(event.data, "how")), _Sum())
        rows = event.data.get("rows")
        one.writes += 1
        one.rows += rows if type(rows) is int else 0
        one.duration_ns += event.duration_ns
        one.receivers.update(dict.fromkeys(trace.receivers[each] for each in event.receivers))
        one.overrides.update(dict.fromkeys(_texts(event.data.get("overrides"))))
        site = trace.sites[event.site]
        if site is not None:
            one.sites[site] = None
    found = [
        Bypassed(
            model=model,
            how=how,
            writes=one.writes,
            rows=one.rows,
            duration_ns=one.duration_ns,
            receivers=tuple(one.receivers),
            overrides=tuple(one.overrides),
            sites=tuple(one.sites),
        )
        for (model, how), one in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.nothing, -each.rows, each.model, each.how)))


def bypassed_sentence(found: Iterable[Bypassed]) -> str:
    """What the closing lines say of :func:`bypassed`; "" where there was nothing to bypass.

    ``3 writes bypassed receivers and overridden methods: update of shop.Order × 2 (100 rows),
    bulk_create of shop.Line (1 row); Order.save() and 4 receivers did not run.``
    """
    missing = [each for each in found if not each.nothing]
    if not missing:
        return ""
    told = [
        f"{each.how} of {each.model}{f' × {each.writes:,}' if each.writes > 1 else ''}"
        f" ({_count(each.rows, 'row')})"
        for each in missing[:_NAMED]
    ]
    if len(missing) > _NAMED:
        told.append(f"{len(missing) - _NAMED:,} more")
    writes = _count(sum(each.writes for each in missing), "write")
    kinds = ["receivers"] if any(each.receivers for each in missing) else []
    if any(each.overrides for each in missing):
        kinds.append("overridden methods")
    return f"{writes} bypassed {' and '.join(kinds)}: {', '.join(told)}; {_missed(missing)} did not run."


def _missed(missing: Iterable[Bypassed]) -> str:
    methods: dict[str, None] = {}
    receivers: dict[ReceiverInfo, None] = {}
    for each in missing:
        methods.update(dict.fromkeys(each.missed[: len(each.overrides)]))
        receivers.update(dict.fromkeys(each.receivers))
    told = list(methods) if len(methods) <= _NAMED else [_count(len(methods), "overridden method")]
    if len(receivers) == 1:
        told += [each.name for each in receivers]
    elif receivers:
        told.append(_count(len(receivers), "receiver"))
    return " and ".join([*filter(None, [", ".join(told[:-1])]), told[-1]])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)  # a file can say anything here
    return value if type(value) is str else "?"


def _texts(value: Any) -> list[str]:
    return [each for each in value if type(each) is str] if isinstance(value, list) else []
