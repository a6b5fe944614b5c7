"""A suite's own URLs and the toolbar's; loaded anew where a suite loads its URLs anew."""

from importlib import import_module, reload

from debug_toolbar.toolbar import debug_toolbar_urls
from django.conf import settings
from django.urls import include, path

# debug_toolbar_urls() gives none where DEBUG is off, as it is while tests run.
urlpatterns = [
    path("", include(reload(import_module(settings.PACKAGES_URLCONF)))),
    *(debug_toolbar_urls() or [path("__debug__/", include("debug_toolbar.urls"))]),
]
