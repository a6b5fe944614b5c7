"""Requests: a view is in a block where `ATOMIC_REQUESTS` says so, sync or async, and never otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.db.models.signals import post_save
from django.test import AsyncClient, Client, override_settings

from tests.probes_db.facts import fated
from tests.probes_db.running import Refused, Run, heard
from tests.probes_db.worlds import ALIASES, World
from tests.testapp.models import Author

pytestmark = pytest.mark.usefixtures("urls")


@pytest.fixture(name="urls")
def _urls() -> Any:
    with override_settings(ROOT_URLCONF="tests.probes_db.views", MIDDLEWARE=[], ALLOWED_HOSTS=["testserver"]):
        yield


@pytest.fixture(params=[(), ("default",), ALIASES], ids=["no block", "one block", "two blocks"])
def atomic(request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The databases that have ATOMIC_REQUESTS."""
    for alias in request.param:
        monkeypatch.setitem(world.settings[alias], "ATOMIC_REQUESTS", True)
    aliases: tuple[str, ...] = request.param
    return aliases


# What a view saves: by database, whether it is taken back where the request is in a block of that database,
# None for what no request's block is around.
SAVES: dict[str, dict[str, bool | None]] = {
    "saves": {"default": False},
    "raises": {"default": True},
    "answers_badly": {"default": False},
    "saves_in_both": {"default": True, "other": True},
    "on_its_own": {"default": None},
    "half_on_its_own": {"default": True, "other": None},
    "gives_up": {"default": True},
}


def expected(name: str, pk: int, atomic: tuple[str, ...]) -> dict[str, str]:
    """The fates of what a view saves."""
    found = {}
    for alias, taken_back in SAVES[name].items():
        row = f"Author {pk}" + ("" if alias == "default" else f" in {alias}")
        if alias not in atomic or taken_back is None:
            found[row] = "0"
        elif not taken_back:
            found[row] = "1"
        else:
            found[row] = "1 undone" if name == "gives_up" else "1 undone by Refused"
    return found


def get(run: Run, *requests: str) -> None:
    """Ask for each, with the errors of views raised as the test client does, and without."""
    for number, name in enumerate(requests):
        for raising in (True, False):
            client = Client(raise_request_exception=raising)
            with run.caught(name, Refused):
                response = client.get(f"/{name}", {"pk": 10 * (2 * number + raising + 1)})
                run.add(name, response.status_code, b"".join(response))
            run.state(f"after {name}")


def test_views(world: World, atomic: tuple[str, ...]) -> None:
    """A view that raises takes its saves back exactly where its request is in a block of that database."""
    asked = ["saves", "raises", "answers_badly", "saves_in_both", "on_its_own", "half_on_its_own"]
    if "default" in atomic:  # without a block there is nothing to give up
        asked.append("gives_up")

    def program(run: Run) -> None:
        heard(run)
        get(run, *asked)

    found = fated(world, program)
    for number, name in enumerate(asked):
        for pk in (20 * number + 20, 20 * number + 10):
            for row, fate in expected(name, pk, atomic).items():
                assert (name, row, found.pop(row)) == (name, row, fate)
    assert found == {}


def test_content_that_streams(world: World, atomic: tuple[str, ...]) -> None:
    """What is saved while a response is read comes after the block."""

    def program(run: Run) -> None:
        heard(run)
        get(run, "streams")

    found = fated(world, program)
    first = "1" if "default" in atomic else "0"
    assert found == {
        f"Author {pk + more}": first if more == 0 else "0" for pk in (20, 10) for more in (0, 1, 2)
    }


def test_work_for_after_the_commit(world: World, atomic: tuple[str, ...]) -> None:
    """It runs where the request's block commits, or at once where there is none."""

    def program(run: Run) -> None:
        heard(run)
        get(run, "later")
        with run.caught("fail", Refused):
            Client().get("/later", {"pk": 90, "fail": "yes"})

    inside = "default" in atomic
    kept = {"Author 20": "1", "Author 10": "1", "Author 90": "1 undone by Refused"}
    after = {"Author 21": "0", "Author 11": "0"}
    if not inside:
        kept = dict.fromkeys(kept, "0")
        after["Author 91"] = "0"
    assert fated(world, program) == kept | after


def ask(run: Run, *requests: str, first: int = 10) -> None:
    """Ask for each with the async client, with the views' sync parts on this thread."""

    async def main() -> None:
        for number, name in enumerate(requests):
            with run.caught(name, Refused, RuntimeError):
                response = await AsyncClient().get(f"/{name}", {"pk": first + 10 * number})
                run.add(name, response.status_code, response.content)

    async_to_sync(main)()


def test_async_views(world: World) -> None:
    """Every async form of the ORM gives, writes and asks the same; none of it is in a block."""

    def program(run: Run) -> None:
        heard(run)
        ask(run, "async_saves", "async_raises", "async_block", "saves", "raises")

    assert fated(world, program) == {
        "Author 10": "0, 0",
        "Author 20": "0",
        "Author 30": "1 undone by Refused",
        "Author 31": "2 undone by Refused",
        "Author 32": "0",
        "Author 40": "0",
        "Author 50": "0",
    }


def test_async_views_under_atomic_requests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django refuses an async view where requests are atomic, with the very same error; sync ones work."""
    monkeypatch.setitem(world.settings["default"], "ATOMIC_REQUESTS", True)

    def program(run: Run) -> None:
        heard(run)
        ask(run, "async_saves", "saves", "raises")

    assert fated(world, program) == {"Author 20": "1", "Author 30": "1 undone by Refused"}


def test_async_receivers_of_a_save(world: World) -> None:
    """An async receiver that saves, called by a sync save and by an async one, on either client."""

    def program(run: Run) -> None:
        heard(run)

        async def follow(instance: Any, **kwargs: Any) -> None:
            if instance.pk < 100:
                await Author.objects.acreate(pk=instance.pk + 100, name="follows")
                await Author.objects.filter(pk=instance.pk).aupdate(name="followed")

        run.hear(post_save, follow, Author)
        get(run, "saves")
        ask(run, "async_raises", first=50)

    assert fated(world, program) == dict.fromkeys(
        [f"Author {each}" for pk in (20, 10, 50) for each in (pk, pk + 100)], "0"
    )


def test_requests_as_a_server_sends_them(world: World, atomic: tuple[str, ...]) -> None:
    """Through the ASGI handler, each request's sync view with connections that end with it."""

    async def answer(run: Run, name: str, pk: int) -> None:
        sent: list[dict[str, Any]] = []
        received = iter([{"type": "http.request", "body": b""}])

        async def receive() -> Any:
            for message in received:
                return message
            return await asyncio.Event().wait()  # the client stays until it has been answered

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "path": f"/{name}", "query_string": f"pk={pk}".encode(),
            "headers": [(b"host", b"testserver")], "http_version": "1.1",
        }  # fmt: skip
        await ASGIHandler()(scope, receive, send)
        run.add(name, [each.get("status") for each in sent], b"".join(each.get("body", b"") for each in sent))

    def program(run: Run) -> None:
        heard(run)

        async def main() -> None:
            for pk, name in enumerate(("saves", "raises", "saves_in_both"), 1):
                await answer(run, name, pk)

        async_to_sync(main)()

    found = fated(world, program)
    for pk, name in enumerate(("saves", "raises", "saves_in_both"), 1):
        for row, fate in expected(name, pk, atomic).items():
            assert (name, row, found.pop(row)) == (name, row, fate)
    assert found == {}
