"""The index."""

from django.db import models

from shop.models import Book


class IndexEntry(models.Model):
    """The words by which one book is found."""

    book = models.OneToOneField(Book, on_delete=models.CASCADE)
    words = models.TextField()

    class Meta:
        verbose_name_plural = "index entries"

    def __str__(self) -> str:
        return self.words
