"""The link of the dispatch, stage *analysis*: whether the signal is sent at all, the way the user writes."""

from __future__ import annotations

from collections import Counter

from signaltrace.analysis.connected import listed, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.why.case import Case, is_any
from signaltrace.analysis.why.link import SENT, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.moments import CLASS_PREPARED, SAVES, moment, silent_operations
from signaltrace.analysis.why.observed import SentBy
from signaltrace.analysis.why.sending import may_send, open_sends, sends
from signaltrace.declarations import CODE, BulkCall, SourceModule

NAME = SENT


def check(case: Case) -> Link:
    """What a trace saw; else who could send it at all."""
    bulk = _bulk(case)
    if case.observed is not None:
        return _traced(case, bulk)
    if case.of_models or case.signal.startswith("django."):
        if bulk:
            return _silent(case, bulk)
        if case.signal == CLASS_PREPARED:
            return _early(case)
        return holds(NAME, f"Django sends it {moment(case.signal, _who(case))}.")
    return _own(case)


_ASK = 'what really happens: --run "COMMAND" or --trace FILE'


def _silent(case: Case, bulk: list[tuple[SourceModule, BulkCall]]) -> Link:
    """Lines that write the model and send nothing: whether it is they that the user has in mind is theirs."""
    by = "save()" if case.signal in SAVES else "delete()"
    text = f"{_short(case)} is sent by {by} of an object; {_lines(len(bulk))} of {_model(case)} in bulk."
    fix = _bulk_fix(case, bulk)
    return unknown(NAME, f"{text[:-1]}, and no signal.", *_evidence(bulk), fix=fix, tells=_ASK)


def _early(case: Case) -> Link:
    """Sent before most receivers of it can be there."""
    file, line = case.target.file, case.target.line
    for each in case.declarations[:1]:
        file, line = each.module.file, each.connect.line
    text = "class_prepared is sent as each model is imported, which is over when a ready() runs."
    fix = Fix("Connect it before the models are imported, in the __init__() of the AppConfig", file, line)
    return unknown(NAME, text, Evidence("connected here", file, line), fix=fix, tells=_ASK)


def _traced(case: Case, bulk: list[tuple[SourceModule, BulkCall]]) -> Link:
    """Sent so often, by these; or never, and what was sent in its stead."""
    seen = {} if case.observed is None else case.observed.of(case.signal)
    heard = {name: each for name, each in seen.items() if _hears(case, name)}
    number = sum(each.sent for each in heard.values())
    if number:
        names = ", ".join(f"{name} {each.sent:,}" for name, each in _most_first(heard)[:4])
        more = f" and {len(heard) - 4:,} more" if len(heard) > 4 else ""
        return holds(NAME, f"{_short(case)} was sent {_times(number)}: {names}{more}.", *_sites(heard))
    others = _most_first({name: each for name, each in seen.items() if name not in heard})
    if others:
        who = ", ".join(f"{name} {each.sent:,}" for name, each in others[:4])
        text = f"{_short(case)} was never sent for {_who(case)} in what was recorded, only for {who}."
    else:
        text = f"{_short(case)} was never sent in what was recorded."
    when = f": it is sent {moment(case.signal, _who(case))}" if case.signal.startswith("django.") else ""
    fix = _bulk_fix(case, bulk) if bulk else Fix(f"Record something that sends it{when}")
    return broken(NAME, text, *_evidence(bulk), *_sites(dict(others)), fix=fix)


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
        return holds(NAME, f"{many} it.", *found[:3])
    mine = case.live_signal.signal.mine if case.live_signal is not None else _made_in_mine(case)
    if not mine or undecided or not case.facts.source.modules:
        return unknown(
            NAME, f"No line of the source is known to send {case.signal}.", *undecided[:3], tells=_ASK
        )
    made = _made_at(case)
    name = case.signal.rpartition(".")[2]
    fix = Fix(
        "Send it where it happens",
        *((made.file, made.line) if made else (None, None)),
        (f"{name}.send(sender=…)",),
    )
    return broken(
        NAME, f"No line of the source sends {case.signal}.", *([made] if made else []), fix=fix, possible=True
    )


def _made_at(case: Case) -> Evidence | None:
    module_name, _, own = case.signal.rpartition(".")
    module = case.project.references.module(module_name)
    for name, line in () if module is None else module.signals:
        if name == own and module is not None:
            return Evidence(f"{own} is made here", module.file, line)
    return None


def _made_in_mine(case: Case) -> bool:
    module = case.project.references.module(case.signal)
    return module is not None and module.mine


def _bulk(case: Case) -> list[tuple[SourceModule, BulkCall]]:
    """The lines of the project that write the sender's rows and send no such signal."""
    operations, references = silent_operations(case.signal), case.project.references
    if not operations or (is_any(case.sender) and not case.expected):
        return []
    labels = {case.expected or case.sender}
    model = references.model_of(case.expected or case.sender)
    if model is not None and model.proxy_for:
        labels.add(model.proxy_for)
    found = []
    for module in case.facts.source.modules:
        for call in module.bulk if module.role == CODE and module.mine else ():
            written = references.model(call.model)
            if call.operation in operations and written is not None and written.label in labels:
                found.append((module, call))
    return found


def _evidence(bulk: list[tuple[SourceModule, BulkCall]]) -> tuple[Evidence, ...]:
    shown = [Evidence(f"{call.operation}() here", module.file, call.line) for module, call in bulk[:4]]
    if len(bulk) > len(shown):
        shown.append(Evidence(f"and {len(bulk) - len(shown):,} more lines"))
    return tuple(shown)


def _bulk_fix(case: Case, bulk: list[tuple[SourceModule, BulkCall]]) -> Fix:
    module, call = bulk[0]
    names = listed([f"{each}()" for each in Counter(one.operation for _, one in bulk)])
    own = case.target.name.rpartition(".")[2]
    return Fix(
        f"Where it has to run, save the objects one by one instead of {names}, or do what {own} does there",
        module.file,
        call.line,
    )


def _lines(number: int) -> str:
    return "1 line of the source writes rows" if number == 1 else f"{number:,} lines of the source write rows"


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


def _sites(found: dict[str, SentBy]) -> tuple[Evidence, ...]:
    places: Counter[tuple[str, int]] = Counter()
    for each in found.values():
        for site, number in each.sites.items():
            places[site.file, site.line] += number
    return tuple(
        Evidence(f"sent {_times(number)} from here", file, line)
        for (file, line), number in places.most_common(3)
    )


def _short(case: Case) -> str:
    return short_signal(case.signal)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
