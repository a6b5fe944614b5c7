"""Saves and pays an order; --proxy, --bulk and --amount do it in other ways."""

import subprocess
import sys

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from shop.models import Order, PaidOrder
from shop.signals import paid


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--proxy", action="store_true")
        parser.add_argument("--bulk", action="store_true")
        parser.add_argument("--amount", type=int, default=1)
        parser.add_argument("--fail", action="store_true")

    def handle(self, *args, **options):
        call_command("migrate", run_syncdb=True, verbosity=0)
        print("printed by the command")
        self.stdout.write("written by the command")
        subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
        if options["bulk"]:
            Order.objects.bulk_create([Order()])
            return
        order = (PaidOrder if options["proxy"] else Order)()
        order.save()
        paid.send(sender=Order, amount=options["amount"])
        if options["fail"]:
            raise CommandError("no such order", returncode=3)
