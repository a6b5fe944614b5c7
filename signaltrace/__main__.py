"""``python -m signaltrace`` and the console script: every subcommand, for projects without the app, too.

``show`` and ``--help`` need no Django.
"""

from __future__ import annotations

import os
import sys

from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.environment import prepare, script_here
from signaltrace.commands.serving import close_connections, serve


def main() -> int:
    """Run the command line; gives the exit status."""
    started = os.path.basename(sys.argv[0])
    prog = "python -m signaltrace" if started == "__main__.py" else started
    door = Door(prog, script_here(), Stream(sys.stdout), Stream(sys.stderr), prepare)
    try:
        return serve(door, sys.argv[1:])
    finally:
        close_connections()


if __name__ == "__main__":
    sys.exit(main())
