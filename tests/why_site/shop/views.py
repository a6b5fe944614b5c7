"""A view that connects a receiver for each request."""

from django.db.models.signals import post_save

from .models import Order


def checkout(request):
    def remember(sender, **kwargs):
        return request

    post_save.connect(remember, sender=Order, weak=False)
