"""The links from a ``def`` to a call, stage *analysis*: a file each, here in the order of the chain.

A link is a module with ``check(case)``, which gives a :class:`~signaltrace.analysis.why.link.Link`. Each is
asked by itself; :func:`chain_of` leaves out what an earlier one settles.
"""

from __future__ import annotations

from collections.abc import Callable

from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import BROKEN, OF_CONNECTION, Link, moot
from signaltrace.analysis.why.links import (
    accepted,
    alive,
    called,
    connected,
    exists,
    imported,
    reached,
    sender,
    sent,
    signature,
)

_CHECKS: tuple[tuple[str, Callable[[Case], Link]], ...] = tuple(
    (module.NAME, module.check)
    for module in (exists, imported, reached, accepted, alive, connected, signature, sender, sent, called)
)


def chain_of(case: Case) -> tuple[Link, ...]:
    """Every link, in order. After a broken one, what it leaves no question about is moot."""
    links: list[Link] = []
    # Where nothing connects it there is no sender, and no dispatch that is meant for it.
    after = {called.NAME} if case.about else {signature.NAME, sender.NAME, sent.NAME, called.NAME}
    skipped: set[str] = set()
    for name, check in _CHECKS:
        link = moot(name) if name in skipped else check(case)
        links.append(link)
        if link.state != BROKEN:
            continue
        if name in OF_CONNECTION:
            skipped |= {*OF_CONNECTION, *after}
        elif name == signature.NAME:
            skipped.add(called.NAME)
        elif name == sender.NAME:
            skipped |= {sent.NAME, called.NAME}
        else:
            skipped.add(called.NAME)
    if any(each.state == BROKEN for each in links):
        # What may be is of no interest beside what is.
        links = [moot(each.name) if each.hint else each for each in links]
    return tuple(links)
