"""Copies of books, their loans, and what was lost."""

from django.db import models


class Copy(models.Model):
    """A copy of a book."""

    title = models.CharField(max_length=100)
    lent = models.BooleanField(default=False)


class LostCopy(Copy):
    """A copy nobody finds: a proxy, and so a sender of its own."""

    class Meta:
        proxy = True


class Loan(models.Model):
    """A copy in a reader's hands."""

    copy = models.ForeignKey(Copy, on_delete=models.CASCADE)
    stamp = models.CharField(max_length=20, blank=True)


class Count(models.Model):
    """How many copies there are."""

    copies = models.PositiveIntegerField(default=0)


class Note(models.Model):
    """A model that nobody listens to: bulk writes pass by no receiver."""

    text = models.CharField(max_length=100)
