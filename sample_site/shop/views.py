"""The catalogue, as JSON."""

from django.http import HttpRequest, JsonResponse

from .models import Book


def catalogue(request: HttpRequest) -> JsonResponse:
    """Every book with its price and stock."""
    return JsonResponse({"books": list(Book.objects.order_by("pk").values("title", "price", "stock"))})
