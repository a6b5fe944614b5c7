"""A link of the chain from a ``def`` to a call, stage *analysis*: whether it holds, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass

from signaltrace.analysis.finding import Evidence

HOLDS = "holds"
BROKEN = "broken"
UNKNOWN = "unknown"
# An earlier link is broken, so that there is nothing to be said of this one.
MOOT = "moot"

# The links, in the order of the chain. They are part of the JSON: a name is never given another meaning.
EXISTS = "exists"
IMPORTED = "imported"
REACHED = "reached"
ACCEPTED = "accepted"
ALIVE = "alive"
CONNECTED = "connected"
SIGNATURE = "signature"
SENDER = "sender"
SENT = "sent"
CALLED = "called"
# Those that make a connection: once one is broken, the rest of them are moot.
OF_CONNECTION = (EXISTS, IMPORTED, REACHED, ACCEPTED, ALIVE, CONNECTED)


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do: a sentence without its place, the place, and the very lines of code where there are any."""

    text: str
    file: str | None = None
    line: int | None = None
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """What was found of one link.

    ``text`` is a full sentence. ``fix`` is given for a broken link, and for one that is not known where
    something points at it. ``tells`` says what would tell, for one that is not known. ``possible``: it is
    broken as far as the source goes, which is not proof. ``hint``: it is a remark, of interest where nothing
    is broken, and it has no fix of its own.
    """

    name: str
    state: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    tells: str = ""
    possible: bool = False
    hint: bool = False

    @property
    def suspect(self) -> bool:
        """Whether it is not known, and something points at it all the same."""
        return self.state == UNKNOWN and (self.fix is not None or self.hint)


def holds(name: str, text: str, *evidence: Evidence) -> Link:
    """A link that holds."""
    return Link(name, HOLDS, text, evidence)


def broken(name: str, text: str, *evidence: Evidence, fix: Fix, possible: bool = False) -> Link:
    """A link that is broken, with what mends it."""
    return Link(name, BROKEN, text, evidence, fix, possible=possible)


def unknown(name: str, text: str, *evidence: Evidence, tells: str = "", fix: Fix | None = None) -> Link:
    """A link of which the facts at hand do not tell."""
    return Link(name, UNKNOWN, text, evidence, fix, tells)


def hint(name: str, text: str, *evidence: Evidence, tells: str = "") -> Link:
    """A link of which the facts do not tell, with what may be why it does not run."""
    return Link(name, UNKNOWN, text, evidence, tells=tells, hint=True)


def moot(name: str) -> Link:
    """A link that an earlier one leaves no question about."""
    return Link(name, MOOT, "")
