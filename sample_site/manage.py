#!/usr/bin/env python
"""The sample site's command line: `python sample_site/manage.py checkout` needs no set-up."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    # Last on the path: an installed signaltrace wins, a clone's own serves where none is.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
