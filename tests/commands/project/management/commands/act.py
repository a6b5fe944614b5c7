"""A management command that ends in whatever way a test asks for."""

import json
import os
import signal
import sys
import threading

from django.core.management.base import BaseCommand, CommandError

from tests.commands.project.signals import paid, unheard


class Command(BaseCommand):
    """Sends two signals, prints a line, then ends as told."""

    requires_system_checks = ()

    def add_arguments(self, parser):
        """The ways to end."""
        parser.add_argument("words", nargs="*")
        parser.add_argument("--plan", action="store_true")
        parser.add_argument("--view", default="none of ours")
        parser.add_argument("--argv", action="store_true")
        parser.add_argument("--exit", type=int)
        parser.add_argument("--raise", dest="fail", action="store_true")
        parser.add_argument("--error", action="store_true")
        parser.add_argument("--ours", action="store_true")
        parser.add_argument("--interrupt", action="store_true")
        parser.add_argument("--wait", action="store_true")
        parser.add_argument("--fork", action="store_true")
        parser.add_argument("--lines", type=int, default=0)

    def handle(self, *args, **options):
        """Act."""
        paid.send(sender="till")
        unheard.send(sender="till")
        if options["argv"]:
            self.stdout.write(json.dumps(sys.argv))
        self.stdout.write(f"acted {options['words']} plan={options['plan']} view={options['view']}")
        for number in range(options["lines"]):
            self.stdout.write(f"line {number}")
        if options["exit"] is not None:
            sys.exit(options["exit"])
        if options["fail"]:
            raise LookupError("the program's own")
        if options["error"]:
            raise CommandError("as commands do", returncode=7)
        if options["ours"]:
            from signaltrace.errors import SignaltraceError

            raise SignaltraceError("raised by the program")
        if options["interrupt"]:
            os.kill(os.getpid(), signal.SIGINT)
        if options["wait"]:
            self.stdout.flush()
            threading.Event().wait(60)
        if options["fork"]:
            self.stdout.flush()  # else both processes print what is in the buffer
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            else:
                self.stdout.write("in the child")
