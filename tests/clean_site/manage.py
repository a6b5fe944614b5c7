"""The clean site: what the sample site does wrong it does right, and `doctor` finds nothing."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf.settings")
    execute_from_command_line(sys.argv)
