"""The link of the dispatch, stage *analysis*: whether the signal is sent at all, the way the user writes."""

from __future__ import annotations

from signaltrace.analysis.connected import short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.why.case import Case, is_any, is_sender_gone
from signaltrace.analysis.why.instead import field_of, line_of, made_at, namesake, sites, through, times
from signaltrace.analysis.why.link import BROKEN, HOLDS, SENT, Fix, Link, broken, hint, holds, moot, unknown
from signaltrace.analysis.why.moments import (
    CLASS_PREPARED,
    KEYWORDS,
    moment,
    silent_operations,
)
from signaltrace.analysis.why.observed import SentBy
from signaltrace.analysis.why.related import sender_code
from signaltrace.analysis.why.sending import may_send, open_sends, sends
from signaltrace.declarations import CODE, BulkCall, SourceModule

NAME = SENT
Calls = list[tuple[SourceModule, BulkCall]]


def check(case: Case) -> Link:
    """What a trace saw; else who could send it at all."""
    bulk = _bulk(case)
    if case.observed is not None:
        return _traced(case, bulk)
    if case.of_models or case.signal.startswith("django."):
        if case.signal in KEYWORDS and _is_no_model(case):
            return moot(NAME)
        field = field_of(case)
        if field:
            return through(case, field, _ASK)
        if bulk:
            return hint(NAME, _in_bulk(case, bulk), *_evidence(bulk), tells=_ASK)
        if case.signal == CLASS_PREPARED:
            return _early(case)
        return holds(NAME, f"Django sends it {moment(case.signal, _who(case))}.")
    return _own(case)


_RUN = '--run "COMMAND" or --trace FILE'
_ASK = f"what really happens: {_RUN}"


def _in_bulk(case: Case, bulk: Calls) -> str:
    """Lines that write the model and send nothing: whether it is they that the user has in mind is theirs."""
    verb = "writes" if len(bulk) == 1 else "write"
    lines = f"{len(bulk):,} line{'' if len(bulk) == 1 else 's'} of the source {verb}"
    return f"{lines} {_model(case)} in bulk, which sends no {_short(case)}."


def _is_no_model(case: Case) -> bool:
    """Whether the sender is the name of none: nothing is ever sent for it."""
    if is_any(_who(case)) or case.project.references.model_of(_who(case)) is not None:
        return False
    return bool(case.facts.models and case.pending) or is_sender_gone(case)


def _early(case: Case) -> Link:
    """Sent before most receivers of it can be there."""
    file, line = line_of(case)
    text = "class_prepared is sent as each model is imported, which is over when a ready() runs."
    fix = Fix("Connect it before the models are imported, in the __init__() of the AppConfig", file, line)
    return unknown(NAME, text, Evidence("connected here", file, line), fix=fix, tells=_ASK)


def _traced(case: Case, bulk: Calls) -> Link:
    """Sent so often, by these; or never, and what was sent in its stead."""
    seen = {} if case.observed is None else case.observed.of(case.signal)
    heard = {name: each for name, each in seen.items() if _hears(case, name)}
    number = sum(each.sent for each in heard.values())
    if number:
        names = ", ".join(f"{name} {each.sent:,}" for name, each in _most_first(heard)[:4])
        more = f" and {len(heard) - 4:,} more" if len(heard) > 4 else ""
        return holds(NAME, f"{_short(case)} was sent {times(number)}: {names}{more}.", *sites(heard))
    field = field_of(case)
    if field:
        return through(case, field, _ASK)
    return _never(case, seen, bulk)


def _never(case: Case, seen: dict[str, SentBy], bulk: Calls) -> Link:
    """A recording without it: a break where another sender stood in its place, else no proof of anything."""
    others = _most_first(seen)
    text = f"{_short(case)} was never sent in what was recorded."
    if others:
        who = ", ".join(f"{name} {each.sent:,}" for name, each in others[:4])
        text = f"{_short(case)} was never sent for {_who(case)} in what was recorded, only for {who}."
        if not case.of_models and not is_any(case.sender):
            code = (f"sender={sender_code(others[0][0], case.project.references)}",)
            fix = Fix(f"Connect it for {others[0][0]} too, or for any sender", *line_of(case), code)
            return broken(NAME, text, *sites(dict(others)), fix=fix)
    if not (others or case.of_models or case.signal.startswith("django.")):
        by_source = _own(case)
        if by_source.state == BROKEN or by_source.suspect:
            return by_source
    when = (
        f": {_short(case)} is sent {moment(case.signal, _who(case))}"
        if case.signal.startswith("django.")
        else ""
    )
    tells = f"record something that sends it{when}"
    if bulk:
        return hint(NAME, f"{text} Perhaps for this: {_in_bulk(case, bulk)}", *_evidence(bulk), tells=tells)
    return unknown(NAME, text, *sites(dict(others)), tells=tells)


def _own(case: Case) -> Link:
    """A signal of the project's or of a package: the lines of the source that send it."""
    found = [Evidence(f"{send.method}() here", module.file, send.line) for module, send in sends(case)]
    undecided = [
        Evidence(f"{send.signal.text or '?'}.{send.method}() here", module.file, send.line)
        for module, send in open_sends(case)
    ]
    undecided += [Evidence(f"{each.name} imports it, and may send it", each.file) for each in may_send(case)]
    if found:
        many = "1 line of the source sends" if len(found) == 1 else f"{len(found):,} lines of the source send"
        scoped = all(send.scope for _, send in sends(case))
        # A function may never be called, and no source says so.
        tells = (
            f"whether {'that line runs' if len(found) == 1 else 'those lines run'}: {_RUN}" if scoped else ""
        )
        return Link(NAME, HOLDS, f"{many} it.", tuple(found[:3]), tells=tells)
    other = namesake(case)
    if other is not None:
        return other
    mine = case.live_signal.signal.mine if case.live_signal is not None else _made_in_mine(case)
    if not mine or undecided or not case.facts.source.modules:
        return unknown(
            NAME, f"No line of the source is known to send {case.signal}.", *undecided[:3], tells=_ASK
        )
    made = made_at(case)
    name = case.signal.rpartition(".")[2]
    fix = Fix(
        "Send it where it happens",
        *((made.file, made.line) if made else (None, None)),
        (f"{name}.send(sender=…)",),
    )
    return broken(
        NAME, f"No line of the source sends {case.signal}.", *([made] if made else []), fix=fix, possible=True
    )


def _made_in_mine(case: Case) -> bool:
    module = case.project.references.module(case.signal)
    return module is not None and module.mine


def _bulk(case: Case) -> Calls:
    """The lines of the project that write by the very sender's manager, and send no such signal."""
    operations, references = silent_operations(case.signal), case.project.references
    if not operations or (is_any(case.sender) and not case.expected):
        return []
    found = []
    for module in case.facts.source.modules:
        for call in module.bulk if module.role == CODE and module.mine else ():
            written = references.model(call.model)
            if call.operation in operations and written is not None and written.label == _model(case):
                found.append((module, call))
    return found


def _evidence(bulk: Calls) -> tuple[Evidence, ...]:
    """The first of the lines: how many there are is said."""
    return tuple(Evidence(f"{call.operation}() here", module.file, call.line) for module, call in bulk[:1])


def _model(case: Case) -> str:
    return case.expected or case.sender


def _hears(case: Case, sender: str) -> bool:
    if case.expected:
        return sender == case.expected
    return is_any(case.sender) or sender == case.sender


def _who(case: Case) -> str:
    return case.expected or case.sender or ANY_SENDER


def _most_first(found: dict[str, SentBy]) -> list[tuple[str, SentBy]]:
    return sorted(found.items(), key=lambda each: (-each[1].sent, each[0]))


def _short(case: Case) -> str:
    return short_signal(case.signal)
