"""The app: begins the ledger of connections before other apps are imported, in processes that asked."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from django.apps import AppConfig

VARIABLE = "SIGNALTRACE_LEDGER"
_COMMAND = "signaltrace"
_PYTEST = "signaltrace.pytest_plugin.asked"


class SignaltraceConfig(AppConfig):
    """Begins the ledger while it is made, where somebody asked for one.

    The house patches nothing at import or in ``ready()``. This is its one exception, and a bounded one:
    what connects receivers are the modules and the ``ready()`` of the other apps, and no command that is
    given later could still see them do so. Only a process that is a ``signaltrace`` command, a test run
    with ``--signaltrace``, or one that has SIGNALTRACE_LEDGER=1 in its environment is touched; any other
    does not even load the ledger.
    """

    name = "signaltrace"
    verbose_name = "signaltrace"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        super().__init__(app_name, app_module)
        how = who_asked()
        if how:
            from signaltrace.inventory import ledger

            ledger.begin(how)

    def ready(self) -> None:
        """Have Django know the tag ``signals`` of checks; none of them runs before it is asked for."""
        from signaltrace.checks import register_checks

        register_checks()


def who_asked() -> str:
    """What asks for the ledger in this process, "" for nothing. The variable set to 0 refuses it."""
    if is_refused():
        return ""
    if os.environ.get(VARIABLE):
        return f"{VARIABLE}={os.environ[VARIABLE]}"
    if _is_our_command():
        return f"manage.py {_COMMAND}"
    asked = sys.modules.get(_PYTEST)
    return "pytest --signaltrace" if asked is not None and asked.ledger else ""


def is_refused() -> bool:
    """Whether the environment says that there is to be none, whoever asks."""
    return os.environ.get(VARIABLE) == "0"


def _is_our_command() -> bool:
    """Whether Django was started for ``manage.py signaltrace …``, whatever manage.py is called."""
    management = sys.modules.get("django.core.management")
    code = management.ManagementUtility.execute.__code__ if management is not None else None
    frame = sys._getframe()
    while code is not None and frame is not None:
        if frame.f_code is code:
            utility = frame.f_locals.get("self")
            return list(getattr(utility, "argv", ()))[1:2] == [_COMMAND]
        frame = frame.f_back  # type: ignore[assignment]
    # A manage.py that sets Django up by itself, before it is a command.
    script = os.path.basename(sys.argv[0]) if sys.argv else ""
    return script in ("manage.py", "django-admin") and sys.argv[1:2] == [_COMMAND]
