"""Signing the sample customer in, as a login form would."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpRequest

CUSTOMER = "customer1"
PASSWORD = "sample-password"


def new_request() -> HttpRequest:
    """A request with an empty session."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    return request


def sign_in(username: str = CUSTOMER, passwords: tuple[str, ...] = ("wrong", PASSWORD)) -> tuple[User, int]:
    """Try the passwords in turn; return the user and the number of wrong ones.

    Each wrong password sends user_login_failed, the right one user_logged_in. Raises PermissionError when
    none is right.
    """
    request = new_request()
    for wrong, password in enumerate(passwords):
        user = authenticate(request, username=username, password=password)
        if user is not None:
            login(request, user)
            return user, wrong
    raise PermissionError(f"no password of {username} was right")
