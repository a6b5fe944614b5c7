"""Two tests that wait for each other, and so run in two workers; RENDEZVOUS names a pipe."""

import os
import signal
from multiprocessing.util import Finalize

from django.test import SimpleTestCase

from .receivers import paid


class Crashes(SimpleTestCase):
    """Its worker dies in the end, before ours or anybody's last words."""

    def test_first(self):
        paid.send("crashes")
        with open(os.environ["RENDEZVOUS"]) as pipe:
            pipe.read()
        Finalize(None, os._exit, args=(1,), exitpriority=1_000)


class Meets(SimpleTestCase):
    """Its worker ends as it should."""

    def test_second(self):
        paid.send("meets")
        with open(os.environ["RENDEZVOUS"], "w"):
            pass


class Waits(SimpleTestCase):
    """Tells that it runs, and goes on until the worker is terminated."""

    def test_third(self):
        with open(os.environ["RENDEZVOUS"], "w") as pipe:
            pipe.write("x")
            pipe.flush()  # and kept open, so that the reader waits for the other
            while True:
                signal.pause()


class WaitsToo(Waits):
    """In the other worker."""
