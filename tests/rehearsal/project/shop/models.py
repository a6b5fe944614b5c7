"""What is rehearsed: a field of every kind, a child, a proxy, lines that go along."""

import uuid

from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "placed"
        PAID = "paid"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLACED)
    act = models.CharField(max_length=30, blank=True)
    total = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    day = models.DateField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    gift = models.BooleanField(default=False)
    sure = models.BooleanField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    code = models.UUIDField(default=uuid.uuid4)
    raw = models.BinaryField(null=True, editable=False)
    cover = models.FileField(upload_to="covers", blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    seen = models.DateTimeField(auto_now=True)


class GiftOrder(Order):
    words = models.CharField(max_length=50)


class OldOrder(Order):
    class Meta:
        proxy = True


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    slug = models.SlugField()


class Kept(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT)


class Soft(models.Model):
    gone = models.BooleanField(default=False)

    def delete(self, *args, **kwargs):
        self.gone = True
        self.save()


class Silent(models.Model):
    def save(self, *args, **kwargs):
        """Saves nothing."""


class Named(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        abstract = True


class Login(Named):
    password = models.CharField(max_length=5, blank=True)


class Note(models.Model):
    text = models.CharField(max_length=50)
    key = models.CharField(max_length=5, unique=True)
