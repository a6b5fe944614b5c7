"""Disconnects that did nothing, stage *analysis*: as the ledger saw them, or as the source has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.analysis.connected import live
from signaltrace.analysis.declared import declared, is_sure_to_run, receiver_name
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.functions import Functions
from signaltrace.analysis.paths import real
from signaltrace.analysis.references import References
from signaltrace.connections import Connection
from signaltrace.declarations import CODE, NAME, NOTHING, VALUE, Connect, SourceModule
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, DIED, DISCONNECTED, NOT_FOUND, Event

Key = tuple[str, str, str, str | None]


@dataclass(frozen=True, slots=True)
class Missed:
    """A disconnect that did nothing.

    ``near`` is the connection it is likely to have meant, which stands; ``later`` the connect that only came
    after it; ``other_signal`` another signal the receiver is connected to. ``where`` is where that was
    connected. ``from_source``: nobody saw it run.
    """

    signal: str
    receiver: str
    sender: str
    uid: str | None
    here: Evidence
    mine: bool
    app: str
    near: Connection | None = None
    later: bool = False
    other_signal: str = ""
    where: Evidence | None = None
    from_source: bool = False


def missed(facts: Facts) -> Iterator[Missed]:
    """All of them; those of the source where the ledger did not see everything."""
    seen = _Seen(facts)
    yield from seen.all()
    if not (facts.history.on and facts.history.complete and not facts.history.dropped):
        yield from _in_source(facts, seen.places)


class _Seen:
    """The ledger's events, looked up."""

    def __init__(self, facts: Facts) -> None:
        self._events = facts.history.events
        self._numbered = {each.number: each for each in self._events}
        self._by_key: dict[Key, list[Event]] = {}
        for each in self._events:
            self._by_key.setdefault(_key(each), []).append(each)
        self._functions = Functions(facts.source)
        self._live = [(signal.signal.name, one) for signal, one in live(facts)]
        self._told: set[tuple[Key, str]] = set()
        self.places: set[tuple[str, int]] = set()

    def all(self) -> Iterator[Missed]:
        """Each that something is wrong about, once for a file."""
        for event in self._events:
            if event.what != NOT_FOUND:
                continue
            file = event.site.file if event.site is not None else ""
            if event.site is not None:
                self.places.add((real(file), event.site.line))
            module = self._functions.module(file)
            is_code = module is None or module.role == CODE
            if is_code and (_key(event), file) not in self._told and not self._is_harmless(event):
                self._told.add((_key(event), file))
                yield from self._judged(event, module)

    def _judged(self, event: Event, module: SourceModule | None) -> Iterator[Missed]:
        rival = self._numbered.get(event.rival)
        where, near, later, other = None, None, None, ""
        if rival is not None or event.rival_receiver is not None:
            near = self._near(event, rival)
            if near is None:
                return
            where = None if rival is None else _site(rival)
        else:
            later = self._later(event)
            where = None if later is None else _site(later)
            other = "" if later is not None else self._elsewhere(event)
        text = f"this disconnect() matched nothing: {event.reason}" if event.reason else "it matched nothing"
        site = event.site or event.receiver
        yield Missed(
            signal=event.signal,
            receiver=event.receiver.name,
            sender=event.sender.name,
            uid=event.dispatch_uid,
            here=Evidence(text, site.file, site.line),
            mine=event.receiver.mine if module is None else module.mine,
            app=event.receiver.app if module is None else module.app,
            near=near,
            later=later is not None,
            other_signal=other,
            where=where,
        )

    def _near(self, event: Event, rival: Event | None) -> Connection | None:
        """The connection that was meant, if it stands to this day."""
        other = event.rival_receiver or event.receiver
        for signal, one in self._live:
            if signal != event.signal or one.receiver.name != other.name or one.receiver.line != other.line:
                continue
            if rival is None or (one.sender.name, one.dispatch_uid) == (
                rival.sender.name,
                rival.dispatch_uid,
            ):
                return one
        return None

    def _is_harmless(self, event: Event) -> bool:
        """Whether it only made sure: before a connect() of the same file, or after an end."""
        for other in self._by_key[_key(event)]:
            if other.number < event.number and other.what in (DISCONNECTED, DIED):
                return True
            if other.number > event.number and other.what == CONNECTED and _is_same_file(event, other):
                return True
        return False

    def _later(self, event: Event) -> Event | None:
        """The connect of the very same that came after it, and stands."""
        key = _key(event)
        stands = any(
            key == (signal, one.receiver.name, one.sender.name, one.dispatch_uid)
            for signal, one in self._live
        )
        after = (each for each in self._by_key[key] if each.number > event.number and each.what == CONNECTED)
        return next(after, None) if stands else None

    def _elsewhere(self, event: Event) -> str:
        """Another signal that the receiver is connected to."""
        for signal, one in self._live:
            same = one.receiver.name == event.receiver.name and one.receiver.line == event.receiver.line
            if same and signal != event.signal:
                return signal
        return ""


def _key(event: Event) -> Key:
    return (event.signal, event.receiver.name, event.sender.name, event.dispatch_uid)


def _is_same_file(one: Event, other: Event) -> bool:
    return one.site is not None and other.site is not None and one.site.file == other.site.file


def _site(event: Event) -> Evidence | None:
    return None if event.site is None else Evidence("connected here", event.site.file, event.site.line)


def _in_source(facts: Facts, seen: set[tuple[str, int]]) -> Iterator[Missed]:
    """Disconnects that must have run, of receivers that are connected by another uid or sender only."""
    references = References(facts)
    made = {
        (each.signal, each.receiver, each.sender, _uid(each.connect))
        for each in declared(facts, references)
        if each.connect.dispatch_uid.kind in (VALUE, NOTHING)
    }
    for module in facts.source.modules:
        for connect in module.connects if module.role == CODE and module.loaded_as else ():
            if connect.action != "disconnect" or (real(module.file), connect.line) in seen:
                continue
            found = _key_of(connect, references)
            # where the source connects the very same it is disconnected, and what stands is another one
            if found is not None and found not in made and is_sure_to_run(facts, module, connect):
                yield from _of_source(module, connect, found, references)


def _key_of(connect: Connect, references: References) -> Key | None:
    signal, sender = references.signal(connect.signal), references.sender(connect.sender)
    decided = connect.receiver.kind == NAME and connect.dispatch_uid.kind in (VALUE, NOTHING)
    if signal is None or sender is None or not decided:
        return None
    return (signal, receiver_name(connect, references), sender, _uid(connect))


def _uid(connect: Connect) -> str | None:
    return connect.dispatch_uid.name if connect.dispatch_uid.kind == VALUE else None


def _of_source(module: SourceModule, connect: Connect, key: Key, references: References) -> Iterator[Missed]:
    signal, receiver, sender, uid = key
    live_signal = references.connected(signal)
    same = [
        one
        for one in (live_signal.connections if live_signal is not None else ())
        if one.alive and one.receiver.name == receiver
    ]
    # connected again, by its uid or by itself: a disconnect that came first did what it was to do
    if not same or any(
        references.may_be_sender(connect.sender, one.sender.name) and one.dispatch_uid == uid for one in same
    ):
        return
    yield Missed(
        signal=signal,
        receiver=receiver,
        sender=sender,
        uid=uid,
        here=Evidence("this disconnect() does not name it", module.file, connect.line),
        mine=module.mine,
        app=module.app,
        near=same[0],
        from_source=True,
    )
