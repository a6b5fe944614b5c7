"""Where the server is, as the tests are told it: two environment variables, one of them set at a time."""

import os
from typing import Any
from urllib.parse import urlsplit

ADDRESS = "SIGNALTRACE_POSTGRES"
REASON = "SIGNALTRACE_NO_POSTGRES"


def told() -> str:
    """The server's URL, or "" where there is none."""
    return os.environ.get(ADDRESS, "")


def why_none() -> str:
    """Why there is no server, as the reason of a skipped test."""
    said = os.environ.get(REASON, "")
    return f"no PostgreSQL: {said or f'{ADDRESS} is not set; `tests/postgres/serve COMMAND` sets it'}"


def entry(name: str) -> dict[str, Any]:
    """An entry of Django's DATABASES for one database of the server."""
    parts = urlsplit(told())
    if parts.scheme != "postgresql" or not parts.hostname:
        raise ValueError(f"{ADDRESS} must be postgresql://USER:PASSWORD@HOST:PORT, not {told()!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname,
        "PORT": str(parts.port or ""),
    }
