"""The part of an inventory the user asks for, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signaltrace.analysis.matching import matches
from signaltrace.connections import ConnectedSignal, Connection, Inventory

ANY_SENDER = "any sender"

# Sent by every model: a receiver of one of these for any sender runs for each model there is.
_BY_EVERY_MODEL = frozenset(
    f"django.db.models.signals.{name}"
    for name in ("pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete")
)


def select(
    inventory: Inventory,
    patterns: Sequence[str] = (),
    signals: Sequence[str] = (),
    senders: Sequence[str] = (),
    apps: Sequence[str] = (),
    mine: bool = False,
) -> Inventory:
    """The signals and connections that match everything asked for; an Inventory without signals if none.

    ``patterns`` match a signal, and then keep all of it, or else its receivers. ``signals`` and
    ``senders`` match names, ``apps`` the app of the signal or of the receiver. ``senders`` also
    keeps what runs for them because it listens to any sender. ``mine`` keeps the user's own
    receivers, and the user's own signals whole.
    The notes are kept as they are: they are about the whole process.
    """
    kept = []
    models = model_senders(inventory)
    for each in inventory.signals:
        if not _any_name(signals, each):
            continue
        connections = each.connections
        if senders:
            connections = _for_senders(each, senders, models)
        if patterns and not _any_name(patterns, each):
            connections = tuple(one for one in connections if matches(patterns, one.receiver.name))
        if apps and not _is_app(apps, each.signal.app):
            connections = tuple(one for one in connections if _is_app(apps, one.receiver.app))
        if mine and not each.signal.mine:
            connections = tuple(one for one in connections if one.receiver.mine)
        if connections or _kept_bare(each, patterns, senders, apps, mine):
            kept.append(replace(each, connections=connections))
    return replace(inventory, signals=tuple(kept))


def model_senders(inventory: Inventory) -> frozenset[str]:
    """The senders that are models: registered, or with receivers of a signal that only models send."""
    return frozenset(inventory.models) | frozenset(
        one.sender.name
        for each in inventory.signals
        if each.signal.name in _BY_EVERY_MODEL
        for one in each.connections
        if one.sender.name != ANY_SENDER
    )


def runs_for(each: ConnectedSignal, sender: str, models: frozenset[str]) -> tuple[Connection, ...]:
    """The connections that run when ``sender`` sends the signal, if it is known to send it; else none.

    It is where a receiver was connected for it, or where every model sends the signal and it is one.
    """
    named = any(one.sender.name == sender for one in each.connections)
    if not named and not (sender in models and each.signal.name in _BY_EVERY_MODEL):
        return ()
    return tuple(one for one in each.connections if one.sender.name in (sender, ANY_SENDER))


def _for_senders(
    each: ConnectedSignal, senders: Sequence[str], models: frozenset[str]
) -> tuple[Connection, ...]:
    wanted = {one.sender.name for one in each.connections if matches(senders, one.sender.name)}
    by_model = each.signal.name in _BY_EVERY_MODEL and any(matches(senders, name) for name in models)
    if wanted or by_model:
        wanted.add(ANY_SENDER)
    return tuple(one for one in each.connections if one.sender.name in wanted)


def _any_name(patterns: Sequence[str], each: ConnectedSignal) -> bool:
    """By its name in part, by another name only in full: every module that imports it gives it one."""
    if matches(patterns, each.signal.name):
        return True
    aliases = {alias.casefold() for alias in each.aliases}
    return any(pattern.casefold() in aliases for pattern in patterns)


def _is_app(apps: Sequence[str], app: str) -> bool:
    return bool(app) and matches(apps, app)


def _kept_bare(
    each: ConnectedSignal, patterns: Sequence[str], senders: Sequence[str], apps: Sequence[str], mine: bool
) -> bool:
    """Whether a signal that has no receivers at all was asked for."""
    if each.connections or senders or not _any_name(patterns, each):
        return False
    return (not apps or _is_app(apps, each.signal.app)) and (not mine or each.signal.mine)
