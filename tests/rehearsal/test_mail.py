"""Mail of every backend goes to memory and is listed: nobody gets any, and no server is asked."""

from __future__ import annotations

import django
import pytest

MODERN = django.VERSION >= (6, 1)


def mails(result):
    """The lines below the heading."""
    lines = result.err.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("Mail ("))
    return lines[start : lines.index("", start)]


def test_a_message_is_listed_with_who_sent_it(untouched):
    """Subject, all who would have got it, the sender, how many attachments; receiver and line."""
    found = mails(untouched.act("mail_default"))
    assert found[0] == "Mail (1): kept in memory, not sent"
    assert found[1] == "  Paid  to a@b.test, c@d.test, from shop@shop.test, 1 attachment"
    assert found[2].startswith("    by shop.receivers.act, shop/receivers.py:")


@pytest.mark.parametrize(
    ("act", "subjects"),
    [
        ("mail_helpers", ["One", "Two"]),
        ("mail_duck", ["Duck" if MODERN else "Paid"]),
        ("mail_late_class", ["Late"]),
        ("mail_object", ["Paid"]),
        pytest.param(
            "mail_explicit",
            ["Direct"],
            marks=pytest.mark.skipif(MODERN, reason="6.1 takes no backend beside MAILERS"),
        ),
    ],
)
def test_every_backend(untouched, act, subjects):
    """Helpers, a backend by name, one that inherits from none, a class made meanwhile, an object."""
    result = untouched.act(act)
    assert result.status == 0, result
    assert [line.split()[0] for line in mails(result)[1:] if not line.startswith("    ")] == subjects


def test_many_mails_are_folded(untouched):
    """Those alike into one line; the rest by number, as many as --limit has; 0 is each in full."""

    def told(*options):
        return [line for line in mails(untouched.act("mail_many", *options))[1:] if line[:4].strip()]

    few = [
        *["  6 × Low stock  to 6 recipients"],
        *(f"  Order {n}  to a@b.test, from shop@shop.test" for n in range(7)),
    ]
    assert told() == [*few[:5], "  … and 3 more (--limit 0 for all)"]
    assert told("--limit", "2") == [*few[:2], "  … and 6 more (--limit 0 for all)"]
    assert told("--limit", "20") == few
    assert len(told("--limit", "0")) == 13


def test_mail_stays_here_with_keep(shop):
    """A commit is one thing, mail to customers another."""
    result = shop.act("mail_default", "--keep")
    assert result.status == 0
    assert "Mail (1): kept in memory, not sent" in result.err


def test_a_header_that_is_wrong_raises_as_it_would(untouched):
    """Django finds it when the message is made for a server."""
    code = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'; django.setup()\n"
        "from django.core.mail import EmailMessage\n"
        "from signaltrace.rehearsal.outbox import Outbox\n"
        "box = Outbox(); box.open()\n"
        "try: EmailMessage('a\\nb', '', 'x@y.test', ['a@b.test']).send()\n"
        "except ValueError as error: print('refused')\n"
        "print(EmailMessage('a', '', 'x@y.test', []).send(), len(box.mails))\n"
        "box.close()\n"
    )
    assert untouched.python("-c", code).out == "refused\n0 0\n"


def test_everything_is_put_back(untouched):
    """The very objects, and no attribute more."""
    code = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'; django.setup()\n"
        "import socket, subprocess, threading\n"
        "from django.core import mail\n"
        "from django.core.files.storage import FileSystemStorage, Storage\n"
        "from django.core.mail.backends import base, locmem, smtp\n"
        "from celery.app.base import Celery\n"
        "from celery.app.task import Task\n"
        "kinds = (mail.EmailMessage, base.BaseEmailBackend, smtp.EmailBackend, locmem.EmailBackend,\n"
        "    Storage, FileSystemStorage, threading.Thread, subprocess.Popen, socket.socket, socket, mail,\n"
        "    Task, Celery)\n"
        "from signaltrace.rehearsal.outbox import Outbox\n"
        "from signaltrace.rehearsal.refusals import Refusals\n"
        "from signaltrace.rehearsal.sightings import Sightings\n"
        "before = [dict(vars(each)) for each in kinds]\n"
        "doors = [Outbox(), Refusals(), Sightings()]\n"
        "for each in doors: each.open()\n"
        "changed = [dict(vars(kind)) != old for kind, old in zip(kinds, before)]\n"
        "for each in reversed(doors): each.close()\n"
        "print(all(changed), [dict(vars(each)) for each in kinds] == before)\n"
    )
    assert untouched.python("-c", code).out == "True True\n"
