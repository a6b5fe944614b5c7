"""Books and orders."""

from django.conf import settings
from django.db import models


class Publisher(models.Model):
    """Where books come from."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that groups books."""

    name = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """A title on the shelf. Slug, tag_count, stock and the cover's file are kept by receivers."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, blank=True)
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="books")
    price = models.DecimalField(max_digits=8, decimal_places=2)
    stock = models.IntegerField(default=0)
    second_hand = models.BooleanField(default=False)
    cover = models.FileField(upload_to="covers", blank=True)
    tags = models.ManyToManyField(Tag, related_name="books", blank=True)
    tag_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        # Pitfall: printing a book may query the database.
        return f"{self.title} ({self.publisher.name})"


class Order(models.Model):
    """What a customer buys. The total is kept by receivers of its lines."""

    class Status(models.TextChoices):
        PLACED = "placed"
        PAID = "paid"
        SHIPPED = "shipped"

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders")
    status = models.CharField(max_length=10, choices=Status, default=Status.PLACED)
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    placed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"order {self.pk}"


class OrderLine(models.Model):
    """Some copies of one book. Title and price stay when the book is gone."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"
