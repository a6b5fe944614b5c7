"""Models for every way a model can be a sender: plain, related, proxy, multi-table child, many-to-many."""

from django.db import models


class Author(models.Model):
    """What a book points at."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """The far side of the many-to-many field; its through model is the sender of `m2m_changed`."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """Its `__str__` follows the foreign key: describing a book by `str` or `repr` shows up as a query."""

    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books", blank=True)

    def __str__(self) -> str:
        return f"{self.title} by {self.author.name}"


class ProxyBook(Book):
    """A sender of its own, on its parent's table."""

    class Meta:
        proxy = True


class Ebook(Book):
    """A multi-table child: saving one saves the parent's row too, and only the child is the sender."""

    size_kb = models.PositiveIntegerField(default=0)
