"""Receivers, each as it should be."""

from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from .models import Copy, Count, Loan, LostCopy, Note
from .signals import loan_ended, loan_made, reader_asked, reader_warned

SHELF = {}


@receiver(post_save, sender=Copy)
@receiver(post_save, sender=LostCopy)
def count_copies(sender, instance, raw=False, **kwargs):
    """Write, but not while fixtures are loaded: what they hold is complete."""
    if not raw:
        Count.objects.update_or_create(pk=1, defaults={"copies": Copy.objects.count()})


@receiver(pre_save, sender=Loan)
def fill_stamp(sender, instance, **kwargs):
    """Change what is about to be saved: no second save is needed."""
    instance.stamp = instance.stamp or "today"


def stamp(sender, instance, created, raw=False, **kwargs):
    """Save again, once: `created` is the guard."""
    if created and not raw:
        instance.save(update_fields=["stamp"])


def tell(sender, loan, desk, **kwargs):
    """Tell a desk."""


@receiver(reader_asked)
async def answer(sender, reader, **kwargs):
    """Async, of a signal sent with asend."""


def lend(copy: Copy) -> Loan:
    """Lend a copy."""
    loan = Loan.objects.create(copy=copy)
    loan_made.send(sender=Loan, loan=loan)
    return loan


def give_back(loan: Loan) -> None:
    """Take it back."""
    loan_ended.send(sender=Loan, loan=loan)
    loan.delete()


def warn(reader: str) -> None:
    """Warn a reader, whatever the receivers think of it."""
    reader_warned.send_robust(sender=None, reader=reader)


async def ask(reader: str) -> None:
    """Ask a reader."""
    await reader_asked.asend(sender=None, reader=reader)


def write_notes(texts: list[str]) -> None:
    """In bulk: no receiver waits for a note."""
    Note.objects.bulk_create([Note(text=text) for text in texts])
