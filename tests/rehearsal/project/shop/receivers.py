"""Receivers that do what the order's ``act`` says, and some that stand by."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress

import celery.app
import django
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, connections, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver

import signaltrace
from shop import models


def send(**named):
    """One mail by a backend of the given kind."""
    mail.EmailMessage("Paid", "Thank you.", "shop@shop.test", ["a@b.test", "c@d.test"], **named).send()


def mail_default():
    message = mail.EmailMessage("Paid", "Thank you.", "shop@shop.test", ["a@b.test"], cc=["c@d.test"])
    message.attach("bill.txt", "1", "text/plain")
    message.send()


def mail_helpers():
    mail.send_mail("One", "", "shop@shop.test", ["a@b.test"])
    mail.send_mass_mail([("Two", "", "shop@shop.test", ["a@b.test"])])


def mail_explicit():
    with mail.get_connection("django.core.mail.backends.smtp.EmailBackend") as backend:
        backend.send_messages([mail.EmailMessage("Direct", "", "shop@shop.test", ["a@b.test"])])


def mail_duck():
    if django.VERSION >= (6, 1):
        mail.EmailMessage("Duck", "", "shop@shop.test", ["a@b.test"]).send(using="duck")
    else:
        send(connection=mail.get_connection("shop.ducks.Duck"))


def mail_many():
    for number in range(6):
        mail.send_mail("Low stock", "", "shop@shop.test", [f"a{number}@b.test"])
    for number in range(7):
        mail.send_mail(f"Order {number}", "", "shop@shop.test", ["a@b.test"])


def mail_late_class():
    from django.core.mail.backends.base import BaseEmailBackend

    class Late(BaseEmailBackend):
        def send_messages(self, messages):
            sys.exit("late")

    Late().send_messages([mail.EmailMessage("Late", "", "shop@shop.test", ["a@b.test"])])


def mail_object():
    class Other:
        def send_messages(self, messages):
            sys.exit("other")

    send(connection=Other())


def commits():
    transaction.on_commit(after)
    transaction.on_commit(fails, robust=True)
    transaction.on_commit(last)
    transaction.on_commit(noted, using="notes")


def after():
    print("after")
    transaction.on_commit(lambda: print("inner"))
    with transaction.atomic():
        models.Customer.objects.create(name="after")
        transaction.on_commit(lambda: print("innermost"))


def fails():
    print("fails")
    raise ValueError("not my day")


def last():
    print("last")


def noted():
    print("noted")


def bad_commit():
    transaction.on_commit(fails)
    transaction.on_commit(last)


def network():
    urllib.request.urlopen("http://crm.test:8080/")


def network_by_number():
    socket.create_connection(("127.0.0.1", 9))


def network_caught():
    try:
        network_by_number()
    except OSError as error:
        print(type(error).__name__)


def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("127.0.0.1", 8125))


def celery():
    from celery.app.task import Task

    Task().apply_async()


def thread():
    one = threading.Thread(target=print, args=("threaded",), name="indexer")
    one.start()
    one.join()


def process():
    subprocess.run([sys.executable, "-c", ""], check=True)


def files():
    name = default_storage.save("made.txt", ContentFile("x"))
    default_storage.delete(name)


def drop():
    default_storage.delete("covers/b.svg")


def both():
    models.Note.objects.create(text="x", key="both")
    models.Customer.objects.create(name="both")


def raises():
    both()
    raise ValueError("no\nmore")


def interrupt():
    both()
    os.kill(os.getpid(), signal.SIGINT)


def leave():
    both()
    sys.exit(3)


def close():
    both()
    connection.close()


def close_both():
    both()
    connections.close_all()


def mark():
    both()
    transaction.set_rollback(True)


def caught():
    both()
    with suppress(DatabaseError):
        models.Note.objects.create(text="x", key="both")


def by_hand():
    transaction.commit()


def caught_then_more():
    caught()
    models.Note.objects.create(text="x", key="more")


def unbalanced():
    transaction.atomic().__enter__()
    both()


def past_django():
    both()
    connection.cursor().execute("COMMIT")


def durable():
    with transaction.atomic(durable=True):
        both()


def autocommit():
    transaction.set_autocommit(True)


def dangling():
    both()
    models.Line.objects.create(order_id=999, slug="x")


def muted():
    with signaltrace.mute("shop.receivers.stands_by"):
        models.OldOrder.objects.get(pk=1).save()


@receiver(pre_save, sender=models.Order)
def before(sender, instance, **kwargs):
    if instance.act == "early":
        raise ValueError("too early")


@receiver(post_save, sender=models.Order)
def act(sender, instance, **kwargs):
    if instance.act and instance.act != "early":
        globals()[instance.act]()


@receiver(post_save, sender=models.Order)
def stands_by(sender, **kwargs):
    pass


@receiver(post_save, sender=models.OldOrder)
def of_the_proxy(sender, **kwargs):
    pass


@receiver(pre_delete, sender=models.Order)
def going(sender, **kwargs):
    pass


@receiver(post_delete, sender=models.Line)
def line_gone(sender, **kwargs):
    pass


@receiver(m2m_changed, sender=models.Order.tags.through)
def tagged(sender, **kwargs):
    pass


@receiver(pre_save, sender=models.Line)
def slugged(sender, instance, **kwargs):
    instance.slug = instance.slug or "given"


@receiver(post_save, sender=models.Silent)
def unheard(sender, **kwargs):
    pass


@receiver(post_save, sender=models.Customer)
async def later(sender, **kwargs):
    pass
