"""Runs the program of the site once, in a process of its own, and gives what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_CODE = "import django; django.setup(); from tests.model_site.program import main; main()"


@cache
def results() -> dict[str, Any]:
    """What was foretold and what happened, by set of receivers; and the models as they were read."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _CODE],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.model_site.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
