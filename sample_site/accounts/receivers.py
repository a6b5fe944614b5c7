"""Receivers that keep profiles: when a user is made, signs in, mistypes a password, or pays."""

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.signals import order_paid

from .models import Profile


@receiver(post_save, sender=User)
def create_profile(sender, instance, created, raw=False, **kwargs):
    """Every user has a profile. It runs at each sign-in too: Django saves last_login then."""
    if created and not raw:
        Profile.objects.create(user=instance)


@receiver(user_logged_in)
def count_visit(sender, user, **kwargs):
    """QuerySet.update: no post_save of Profile, and no race between two sign-ins."""
    Profile.objects.filter(user=user).update(visits=F("visits") + 1)


@receiver(user_login_failed)
def count_wrong_password(sender, credentials, **kwargs):
    """Django masks the password among the credentials; the name tells whose it was."""
    profiles = Profile.objects.filter(user__username=credentials.get("username"))
    profiles.update(wrong_passwords=F("wrong_passwords") + 1)


@receiver(order_paid)
def add_points(sender, order, **kwargs):
    """One point for each whole unit of money spent."""
    profile = order.customer.profile
    profile.points += int(order.total)
    profile.save(update_fields=["points"])
