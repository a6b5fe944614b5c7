"""Three requests."""

from django.core.management.base import BaseCommand

from shop.views import checkout


class Command(BaseCommand):
    requires_system_checks = ()

    def handle(self, *args, **options):
        for request in range(3):
            checkout(request)
