"""The user model in the place of Django's."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    pass
