"""The link of the sender, stage *analysis*: Django compares it by identity with what is really sent."""

from __future__ import annotations

from signaltrace.analysis.connected import listed
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, is_any, is_sender_gone
from signaltrace.analysis.why.kin import unnamed
from signaltrace.analysis.why.link import SENDER, Fix, Link, broken, holds, moot, unknown
from signaltrace.analysis.why.moments import DELETES, INITS, M2M_CHANGED, SAVES
from signaltrace.analysis.why.related import hears_deletes_of, is_through, relation, sender_code
from signaltrace.analysis.why.sending import may_send, sends, sends_itself
from signaltrace.declarations import LABEL, NOTHING, UNDECIDED
from signaltrace.history import WAITING
from signaltrace.model_map import ModelInfo

NAME = SENDER
_INSTANCE = "instance of "
_ASK = 'what it is really sent with: --run "COMMAND" or --trace FILE'


def check(case: Case) -> Link:
    """Against the sender the user means, those a trace saw, and what can ever be sent at all."""
    if case.sender == "":
        return unknown(
            NAME,
            "Which sender it is connected for can't be told from the source.",
            tells=case.facts.history.advice,
        )
    if is_any(case.sender):
        return holds(NAME, f"It {_is(case)} connected for any sender.")
    if is_sender_gone(case):
        return moot(NAME)
    never = _never(case)
    if never is not None:
        return never
    for what in (case.expected, *_seen(case)):
        if (
            what
            and what != case.sender
            and not hears_deletes_of(case.signal, what, case.sender, case.project.references)
        ):
            why = relation(what, case.sender, case.project.references)
            # Who has a through model is saved for itself: its saves are no wrong senders.
            if what == case.expected or (why and not is_through(what, case.sender, case.project.references)):
                return _other(case, what, why)
    if case.sender in _seen(case, every=True):
        return holds(NAME, f"It is connected for {case.sender}, and {case.sender} sent.")
    in_source = _by_source(case) or _untold(case) or unnamed(case)
    if in_source is not None:
        return in_source
    return holds(NAME, f"It {_is(case)} connected for {case.sender}{_caveat(case)}.")


def _seen(case: Case, *, every: bool = False) -> list[str]:
    """The senders of the trace; none of them matters once the right one is there."""
    seen = [] if case.observed is None else list(case.observed.of(case.signal))
    return seen if every or case.sender not in seen else []


def _other(case: Case, what: str, why: str) -> Link:
    """Somebody else sends: the relative of the sender, or no relation at all."""
    seen = None if case.observed is None else case.observed.of(case.signal).get(what)
    sent = f" It was sent {_times(seen.sent)} with {what}." if seen is not None and seen.sent else ""
    text = f"It {_is(case)} connected for {case.sender}, and Django compares senders by identity"
    text += f": {why}." if why else f": {what} is another."
    code = sender_code(what, case.project.references)
    fix = Fix(f"Connect it for {what} too, or for any sender", *_place(case), (f"sender={code}",))
    if what == f"{_INSTANCE}{case.sender}":
        code = sender_code(case.sender, case.project.references)
        at = None if seen is None else next(iter(seen.sites), None)
        file, line = (None, None) if at is None else (at.file, at.line)
        fix = Fix("Send it with the class, or connect it for any sender", file, line, (f"sender={code}",))
    evidence = [_at(case)]
    model = case.project.references.model_of(what)
    if model is not None and model.file:
        evidence.append(Evidence(f"{what} is defined here", model.file, model.line))
    if seen is not None:
        evidence += [
            Evidence(f"{what} sent from here", site.file, site.line) for site, _ in seen.sites.most_common(1)
        ]
    return broken(NAME, text + sent, *evidence, fix=fix)


def _never(case: Case) -> Link | None:
    """What nothing ever sends: a swapped model, an instance, a text, a through model of Django's making."""
    references = case.project.references
    model = references.model_of(case.sender)
    if case.of_models and case.sender.startswith(_INSTANCE):
        kind = case.sender.removeprefix(_INSTANCE)
        text = f"It {_is(case)} connected for one object, an {case.sender}; the class is what sends."
        return broken(NAME, text, _at(case), fix=_sender_fix(case, kind.rpartition(".")[2]))
    if not case.of_models:
        return _text_sender(case, model)
    if model is None:
        return _no_model(case)
    if model.swapped:
        text = f"{model.label} is swapped out for {model.swapped}: nothing is ever sent for it."
        user = model.swapped.casefold() == case.facts.user_model.casefold()
        code = "sender=settings.AUTH_USER_MODEL" if user else f'sender="{model.swapped}"'
        return broken(
            NAME, text, _at(case), fix=Fix("Connect it for the model in its place", *_place(case), (code,))
        )
    if case.signal == M2M_CHANGED:
        return _not_through(case, model)
    if model.auto_created and case.signal in (SAVES | DELETES):
        text = (
            f"{model.label} was made by Django for a many-to-many field: it sends m2m_changed, "
            f"and no {_short(case)}."
        )
        fix = Fix(
            "Connect to m2m_changed",
            *_place(case),
            (f"@receiver(m2m_changed, sender={sender_code(model.label, references)})",),
        )
        return broken(NAME, text, _at(case), fix=fix)
    return None


def _text_sender(case: Case, model: ModelInfo | None) -> Link | None:
    """Signals of one's own take no names of models: a text is a sender like any other object."""
    labels = [each for each in case.declarations if each.connect.sender.kind == LABEL]
    texts = [each for each in case.connections if each.sender.name == case.sender and not each.sender.app]
    if model is None or not (labels or texts) or (case.connections and not texts):
        return None
    text = (
        f"It {_is(case)} connected for the text {case.sender!r}, and {case.signal} knows no names of models: "
        "it is never equal to the class."
    )
    return broken(
        NAME, text, _at(case), fix=_sender_fix(case, sender_code(case.sender, case.project.references))
    )


def _no_model(case: Case) -> Link | None:
    """A class that is no registered model: an abstract one, or no model at all."""
    if not case.facts.models or case.sender.startswith(("sender ", "app ")) or case.pending:
        return None
    if any(each.what == WAITING for each in case.events):
        return None
    if case.signal not in (SAVES | DELETES | INITS | {M2M_CHANGED}) or case.sender == "collected sender":
        return None
    text = (
        f"{case.sender} is no registered model (an abstract one, or another class): "
        f"it sends no {_short(case)}."
    )
    fix = Fix(
        "Connect it for each model that is saved, or for any sender and ask issubclass(sender, …)",
        *_place(case),
    )
    return broken(NAME, text, _at(case), fix=fix)


def _not_through(case: Case, model: ModelInfo) -> Link | None:
    """m2m_changed comes from the through model alone."""
    through = {label for each in case.facts.models for _, label in each.many_to_many}
    if model.label in through or model.auto_created:
        return None
    own = [field for field, _ in model.many_to_many]
    options = [f"sender={model.label.rpartition('.')[2]}.{field}.through" for field in own]
    text = f"m2m_changed is sent by the through model of the field, never by {model.label}."
    return broken(
        NAME, text, _at(case), fix=Fix("Connect it for the through model", *_place(case), tuple(options))
    )


def _by_source(case: Case) -> Link | None:
    """A signal of one's own, all of whose sends name a sender, and never this one."""
    if case.of_models or case.signal.startswith("django."):
        return None
    references = case.project.references
    found = sends(case)
    named = [
        (module, send, references.sender(send.sender))
        for module, send in found
        if send.sender.kind not in (UNDECIDED, NOTHING)
    ]
    if (
        not found
        or len(named) < len(found)
        or may_send(case)
        or any(name in (case.sender, None) for _, _, name in named)
    ):
        return None
    others = list(dict.fromkeys(str(name) for _, _, name in named))
    text = (
        f"It {_is(case)} connected for {case.sender}, and every line that sends {case.signal} does it "
        f"with {listed(others)}."
    )
    evidence = [Evidence(f"sent with {name}", module.file, send.line) for module, send, name in named[:3]]
    return broken(
        NAME,
        text,
        *evidence,
        _at(case),
        fix=_sender_fix(case, sender_code(others[0], references)),
        possible=True,
    )


def _untold(case: Case) -> Link | None:
    """A signal of one's own that is sent with what the source does not tell, and never with this sender."""
    if case.of_models or case.signal.startswith("django.") or case.observed is not None:
        return None
    found = sends(case)
    untold = [each for each in found if each[1].sender.kind == UNDECIDED]
    named = {case.project.references.sender(send.sender) for _, send in found}
    if not untold or case.sender in named:
        return None
    text = f"It {_is(case)} connected for {case.sender}, and what the signal is sent with can't be told."
    evidence = [
        Evidence(f"sent with {send.sender.text or '?'} here", module.file, send.line)
        for module, send in untold[:3]
    ]
    own = next(((module, send) for module, send in untold if sends_itself(case, module, send)), None)
    fix = None
    if own is not None:
        code = f"sender={sender_code(case.sender, case.project.references)}"
        what = "Send it with the class: an object of it is another sender"
        fix = Fix(what, own[0].file, own[1].line, (code,))
    return unknown(NAME, text, *evidence, fix=fix, tells=_ASK)


def _is(case: Case) -> str:
    return "is" if case.alive else "is to be"


def _caveat(case: Case) -> str:
    """The relatives it does not hear, which is no fault of it."""
    model = case.project.references.model_of(case.sender)
    if model is None or not case.of_models or case.signal == M2M_CHANGED:
        return ""
    if model.proxy_for:
        return f": a proxy, so that what is saved as {model.proxy_for} does not reach it"
    children = () if case.signal in DELETES else model.children
    deaf = [*model.proxies, *children]
    if not deaf:
        return ""
    if len(deaf) == 1:
        return f"; not for its {'proxy' if model.proxies else 'child'} {deaf[0]}, which sends as itself"
    kinds = [kind for kind, found in (("proxies", model.proxies), ("children", children)) if found]
    return f"; not for its {' and '.join(kinds)} {listed(deaf)}, which send as themselves"


def _sender_fix(case: Case, code: str) -> Fix:
    return Fix("Connect it for the class", *_place(case), (f"sender={code}",))


def _at(case: Case) -> Evidence:
    file, line = _place(case)
    connected = bool(case.declarations or case.events)
    to_be = "" if case.alive else "to be "
    return Evidence(f"{to_be}connected for {case.sender} here" if connected else "defined here", file, line)


def _place(case: Case) -> tuple[str | None, int | None]:
    for each in case.declarations:
        return each.module.file, each.connect.line
    for event in reversed(case.events):
        if event.site is not None:
            return event.site.file, event.site.line
    return case.target.file, case.target.line


def _short(case: Case) -> str:
    return case.signal.rpartition(".")[2]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
