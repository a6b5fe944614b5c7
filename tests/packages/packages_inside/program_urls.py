"""The small program's one page, and the toolbar's where it is in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from packages_inside import program_receivers


def page(request: HttpRequest) -> HttpResponse:
    """A page whose view saves and sends."""
    program_receivers.begin_in_view()
    given: Any = program_receivers.everything(program_receivers.LOG)
    return HttpResponse(f"<html><body>{len(given)}</body></html>")


urlpatterns = [path("", page)]
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
