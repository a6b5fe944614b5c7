"""When Django's own signals are sent, stage *analysis*: in words, and by which senders."""

from __future__ import annotations

from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.why.case import MODEL_SIGNALS

SAVES = frozenset(f"{MODEL_SIGNALS}{name}" for name in ("pre_save", "post_save"))
DELETES = frozenset(f"{MODEL_SIGNALS}{name}" for name in ("pre_delete", "post_delete"))
INITS = frozenset(f"{MODEL_SIGNALS}{name}" for name in ("pre_init", "post_init"))
M2M_CHANGED = f"{MODEL_SIGNALS}m2m_changed"

# What each of them passes in any case, besides ``signal`` and ``sender``.
KEYWORDS = {
    f"{MODEL_SIGNALS}pre_save": ("instance", "raw", "using", "update_fields"),
    f"{MODEL_SIGNALS}post_save": ("instance", "created", "raw", "using", "update_fields"),
    f"{MODEL_SIGNALS}pre_delete": ("instance", "using", "origin"),
    f"{MODEL_SIGNALS}post_delete": ("instance", "using", "origin"),
    f"{MODEL_SIGNALS}pre_init": ("args", "kwargs"),
    f"{MODEL_SIGNALS}post_init": ("instance",),
    M2M_CHANGED: ("action", "instance", "reverse", "model", "pk_set", "using"),
}
_MOMENTS = {
    f"{MODEL_SIGNALS}pre_save": "before each save() of {sender}",
    f"{MODEL_SIGNALS}post_save": "after each save() of {sender}",
    f"{MODEL_SIGNALS}pre_delete": "before {sender} is deleted",
    f"{MODEL_SIGNALS}post_delete": "after {sender} was deleted",
    f"{MODEL_SIGNALS}pre_init": "before {sender} is made or loaded",
    f"{MODEL_SIGNALS}post_init": "after {sender} was made or loaded",
    M2M_CHANGED: "before and after each change of {sender}",
    "django.core.signals.request_started": "when a request comes in",
    "django.core.signals.request_finished": "when a response was sent",
    "django.core.signals.got_request_exception": "when a view raises",
    "django.db.backends.signals.connection_created": "when a database connection is made",
    "django.db.models.signals.pre_migrate": "before migrate works on {sender}",
    "django.db.models.signals.post_migrate": "after migrate worked on {sender}",
    "django.db.models.signals.class_prepared": "when the class of {sender} is made",
    "django.contrib.auth.signals.user_logged_in": "after a login",
    "django.contrib.auth.signals.user_logged_out": "after a logout",
    "django.contrib.auth.signals.user_login_failed": "after a login failed",
    "django.test.signals.setting_changed": "when a test changes a setting",
    "django.test.signals.template_rendered": "when a test renders a template",
}
# Sent while the models are imported: over by the time a ready() runs.
CLASS_PREPARED = f"{MODEL_SIGNALS}class_prepared"

# The operations on a model that send none of these; what Django's documentation says of each.
BULK = {
    "save": ("bulk_create", "bulk_update", "update", "abulk_create", "abulk_update", "aupdate"),
    "delete": ("_raw_delete", "_araw_delete"),
}


def moment(signal: str, sender: str) -> str:
    """``after each save() of shop.Order``."""
    of = "any model" if sender == ANY_SENDER else sender or "a model"
    if signal in _MOMENTS:
        return _MOMENTS[signal].format(sender=of)
    by = "" if sender in ("", ANY_SENDER) else f" with the sender {sender}"
    return f"when {signal} is sent{by}"


def silent_operations(signal: str) -> tuple[str, ...]:
    """The bulk operations that write or delete rows, and do not send this signal."""
    if signal in SAVES:
        return BULK["save"]
    return BULK["delete"] if signal in DELETES else ()
