"""manage.py fill: fills the shop with data, the same at every run."""

from django.core.management.base import BaseCommand
from django.db import transaction

from project.first_run import ensure_tables
from shop.catalogue import fill


class Command(BaseCommand):
    """Fill the shop."""

    help = "Fills the shop with books and customers; run again, it sets them back to what they were."

    def handle(self, *args, **options) -> None:
        ensure_tables()
        with transaction.atomic():
            books, customers = fill()
        if options["verbosity"]:
            self.stdout.write(f"The shop has {books} books and {customers} customers")
