"""Orders, one kind of them a child and one a proxy."""

from django.db import models


class Order(models.Model):
    paid = models.BooleanField(default=False)

    class Meta:
        app_label = "shop"


class GiftOrder(Order):
    class Meta:
        app_label = "shop"


class PaidOrder(Order):
    class Meta:
        app_label = "shop"
        proxy = True
