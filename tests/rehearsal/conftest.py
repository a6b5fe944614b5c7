"""A shop for each test; nothing of a rehearsal may be left in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rehearsal.running import Shop, copy, seed


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "template"
    seed(folder)
    return folder


@pytest.fixture
def shop(_template: Path, tmp_path: Path) -> Shop:
    """A shop with two orders, a gift order, two lines, and a note in another database."""
    return copy(_template, tmp_path / "shop")


@pytest.fixture
def untouched(shop: Shop) -> Iterator[Shop]:
    """A shop in which every row must be afterwards as it was before."""
    before = shop.rows()
    yield shop
    assert shop.rows() == before
