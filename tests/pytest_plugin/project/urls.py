from django.http import HttpResponse
from django.urls import path

from shop.models import Order


def buy(request):
    return HttpResponse(str(Order.objects.create(number=7).indexed))


urlpatterns = [path("buy/", buy)]
