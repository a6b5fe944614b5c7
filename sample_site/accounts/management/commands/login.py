"""manage.py login: the sample customer signs in after one wrong password."""

from django.core.management.base import BaseCommand

from accounts.signin import sign_in
from project.first_run import ensure_data


class Command(BaseCommand):
    """Sign the sample customer in."""

    help = "Signs the sample customer in, after one wrong password."

    def handle(self, *args, **options) -> None:
        ensure_data()
        user, wrong = sign_in()
        self.stdout.write(f"{user.username} signed in after {wrong} wrong password")
