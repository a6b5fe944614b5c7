"""How two senders are related, stage *analysis*: why a signal of the one is not a signal of the other."""

from __future__ import annotations

from signaltrace.analysis.references import References
from signaltrace.analysis.why.moments import DELETES


def relation(sent: str, connected: str, references: References) -> str:
    """Why what ``sent`` sends does not reach a receiver for ``connected``, in words; "" for strangers."""
    one, other = references.model_of(sent), references.model_of(connected)
    if other is not None and other.swapped and references.model_of(other.swapped) is one and one is not None:
        return f"{sent} stands in the place of {connected}, which is swapped out"
    if one is None or other is None:
        return _of_texts(sent, connected)
    if one.proxy_for == other.label:
        return f"{sent} is a proxy of {connected}, and sends as itself"
    if other.proxy_for == one.label:
        return f"{connected} is a proxy of {sent}, and only what is saved through the proxy sends as it"
    if one.proxy_for and one.proxy_for == other.proxy_for:
        return f"{sent} and {connected} are two proxies of {one.proxy_for}, each its own sender"
    if other.label in one.parents:
        return f"{sent} inherits from {connected}, and sends as itself"
    if one.label in other.parents:
        return f"{connected} inherits from {sent}; the parent sends as itself"
    if other.label in {label for _, label in one.many_to_many}:
        return f"{connected} is the through model of a many-to-many field of {sent}"
    if one.label in {label for _, label in other.many_to_many}:
        return f"{sent} is the through model of a many-to-many field of {connected}"
    return ""


def _of_texts(sent: str, connected: str) -> str:
    """Senders that are no models: an instance for its class, or a class for its instance."""
    if connected.startswith("instance of ") and connected.removeprefix("instance of ") == sent:
        return f"{connected} is one object, and it is the class that sends"
    if sent.startswith("instance of ") and sent.removeprefix("instance of ") == connected:
        return f"what sends is {sent}, an object and not the class"
    return ""


def is_through(sent: str, connected: str, references: References) -> bool:
    """Whether one of them is the through model of a many-to-many field of the other."""
    pairs = ((references.model_of(sent), connected), (references.model_of(connected), sent))
    return any(
        other in {through for _, through in model.many_to_many} for model, other in pairs if model is not None
    )


def hears_deletes_of(signal: str, sent: str, connected: str, references: References) -> bool:
    """Whether a delete of ``sent`` deletes a row of ``connected`` too, and sends for it: a parent's row."""
    one = references.model_of(sent)
    return signal in DELETES and one is not None and connected in one.parents


def sender_code(label: str, references: References) -> str:
    """How a sender is written in code: a class's own name, the through model by its field."""
    model = references.model_of(label)
    if model is None:
        return label.rpartition(".")[2]
    if model.auto_created:
        owner = references.model_of(model.auto_created)
        for field, through in () if owner is None else owner.many_to_many:
            if through == model.label:
                return f"{model.auto_created.rpartition('.')[2]}.{field}.through"
    return (model.name or model.label).rpartition(".")[2]
