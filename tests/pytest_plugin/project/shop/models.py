from django.db import models

from shop.signals import nobody_cares, order_paid


class Order(models.Model):
    number = models.IntegerField(default=0)
    indexed = models.BooleanField(default=False)

    def pay(self):
        nobody_cares.send(sender=Order)
        return order_paid.send_robust(sender=Order, order=self)
