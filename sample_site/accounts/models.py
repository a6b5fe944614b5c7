"""What the shop keeps about a user."""

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """One for each user; made by accounts.receivers.create_profile, never by hand."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    points = models.PositiveIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    wrong_passwords = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"profile {self.pk}"
