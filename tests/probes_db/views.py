"""What the requests of the tests run: views that save, that fail, sync and async."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from tests.probes_db.running import Refused, author
from tests.testapp.models import Author


def number(request: HttpRequest) -> int:
    """Which row a request is about."""
    return int(request.GET["pk"])


def saves(request: HttpRequest) -> HttpResponse:
    """A save, and a good answer."""
    return HttpResponse(f"saved {author(number(request)).pk}")


def raises(request: HttpRequest) -> HttpResponse:
    """A save that is not to stay."""
    author(number(request))
    raise Refused("after the save")


def answers_badly(request: HttpRequest) -> HttpResponse:
    """A status is no rollback: the save stays."""
    author(number(request))
    return HttpResponse("no", status=500)


def gives_up(request: HttpRequest) -> HttpResponse:
    """A good answer from a view that asked for a rollback."""
    author(number(request))
    transaction.set_rollback(True)
    return HttpResponse("nothing kept")


def saves_in_both(request: HttpRequest) -> HttpResponse:
    """A save in each database, and a failure."""
    author(number(request))
    author(number(request), "other")
    raise Refused("after both")


@transaction.non_atomic_requests
def on_its_own(request: HttpRequest) -> HttpResponse:
    """A save that is committed at once, whatever comes after it."""
    author(number(request))
    raise Refused("too late")


@transaction.non_atomic_requests(using="other")
def half_on_its_own(request: HttpRequest) -> HttpResponse:
    """The other database's save is committed at once, this one's is taken back."""
    return saves_in_both(request)


def streams(request: HttpRequest) -> HttpResponseBase:
    """Content that is made after the view's block has ended."""
    first = number(request)

    def content() -> Any:
        for pk in (first + 1, first + 2):
            yield f"{author(pk).pk} "

    author(first)
    return StreamingHttpResponse(content())


def later(request: HttpRequest) -> HttpResponse:
    """Work left for after the commit."""
    pk = number(request)
    author(pk)
    transaction.on_commit(lambda: author(pk + 1) and None)
    if "fail" in request.GET:
        raise Refused("nothing is left to do")
    return HttpResponse("later")


async def async_saves(request: HttpRequest) -> HttpResponse:
    """Every async way to write one row or several."""
    pk = number(request)
    made = await Author.objects.acreate(pk=pk, name="made")
    made.name = "saved"
    await made.asave(update_fields=["name"])
    many = await Author.objects.abulk_create([Author(pk=pk + each, name="bulk") for each in (1, 2)])
    updated = await Author.objects.filter(pk__gt=pk).aupdate(name="updated")
    many[0].name = "one by one"
    changed = await Author.objects.abulk_update(many[:1], ["name"])
    found, created = await Author.objects.aget_or_create(pk=pk, defaults={"name": "never"})
    gone = await many[1].adelete()
    names = [each.name async for each in Author.objects.order_by("pk")]
    return HttpResponse(repr((found.pk, created, updated, changed, gone, names)))


async def async_raises(request: HttpRequest) -> HttpResponse:
    """An async view is in no block: its save stays."""
    await Author.objects.acreate(pk=number(request), name="stays")
    raise Refused("after the save")


async def async_block(request: HttpRequest) -> HttpResponse:
    """A block is sync: it runs in one piece on the thread of the connection."""
    pk = number(request)

    def whole() -> None:
        with transaction.atomic():
            author(pk)
            with transaction.atomic():
                author(pk + 1)
            raise Refused("all of it")

    try:
        await sync_to_async(whole)()
    except Refused as error:
        await Author.objects.acreate(pk=pk + 2, name=str(error))
    return HttpResponse("kept one")


VIEWS = (
    saves, raises, answers_badly, gives_up, saves_in_both, on_its_own, half_on_its_own, streams, later,
    async_saves, async_raises, async_block,
)  # fmt: skip

urlpatterns = [path(view.__name__, view) for view in VIEWS]
