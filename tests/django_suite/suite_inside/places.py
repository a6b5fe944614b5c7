"""Where the processes of one run write: a folder named by the environment, one file a process."""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = "SIGNALTRACE_SUITE_FOLDER"
TRACED = "SIGNALTRACE_SUITE_TRACED"


def write(name: str, content: dict[str, Any]) -> None:
    """Write ``content`` as the file ``name``; whole or not at all."""
    target = Path(os.environ[FOLDER], name)
    partial = target.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(target)
