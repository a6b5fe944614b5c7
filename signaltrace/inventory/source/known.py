"""Django's own names, stage *inventory*: its signals and what makes signals, by every name it gives them."""

from __future__ import annotations

_MODEL_SIGNALS = (
    "class_prepared", "m2m_changed", "post_delete", "post_init", "post_migrate", "post_save", "pre_delete",
    "pre_init", "pre_migrate", "pre_save",
)  # fmt: skip
_CORE_SIGNALS = ("got_request_exception", "request_finished", "request_started", "setting_changed")
_USER_SIGNALS = ("user_logged_in", "user_logged_out", "user_login_failed")

SIGNALS = frozenset(
    (
        *(f"django.db.models.signals.{each}" for each in _MODEL_SIGNALS),
        *(f"django.core.signals.{each}" for each in _CORE_SIGNALS),
        *(f"django.contrib.auth.signals.{each}" for each in _USER_SIGNALS),
        *(f"django.contrib.auth.{each}" for each in _USER_SIGNALS),
        "django.db.backends.signals.connection_created",
        "django.test.signals.setting_changed",
        "django.test.signals.template_rendered",
        "django.utils.autoreload.autoreload_started",
        "django.utils.autoreload.file_changed",
        *(f"django.tasks.signals.task_{each}" for each in ("enqueued", "started", "finished")),
    )
)
RECEIVER = frozenset(("django.dispatch.receiver", "django.dispatch.dispatcher.receiver"))
SIGNAL_CLASSES = frozenset(
    ("django.dispatch.Signal", "django.dispatch.dispatcher.Signal", "django.db.models.signals.ModelSignal")
)
