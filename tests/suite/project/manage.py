"""The project's command line; START_METHOD names the way in which worker processes are started."""

import multiprocessing
import os
import sys


def main():
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    if "START_METHOD" in os.environ:
        multiprocessing.set_start_method(os.environ["START_METHOD"])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
