"""The site's only page: the catalogue."""

from django.urls import path

from shop.views import catalogue

urlpatterns = [path("", catalogue, name="catalogue")]
