"""The models as data: who inherits from whom, what a delete reaches, what fixtures load; asking nobody."""

import gzip
import sys
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

from signaltrace.inventory import fixture_files
from signaltrace.inventory.class_lines import class_place
from signaltrace.inventory.fixture_files import fixture_models
from signaltrace.inventory.models_read import read_models
from signaltrace.model_map import ModelInfo
from tests.model_site.running import results
from tests.testapp.models import Book

SITE = Path(__file__).parent.parent / "model_site"


def zoo(name: str) -> dict[str, Any]:
    return next(dict(each) for each in results()["models"] if each["label"] == f"zoo.{name}")


def relations(name: str) -> dict[str, str]:
    return {f"{each['model']}.{each['field']}": each["on_delete"] for each in zoo(name)["related"]}


def files(name: str) -> list[str]:
    return [Path(each).name for each in zoo(name)["loaded_by_fixtures"]]


def test_every_registered_model_is_there() -> None:
    """Through models that Django made and swapped models, too; sorted, each once."""
    labels = [each["label"] for each in results()["models"]]
    assert labels == sorted(set(labels))
    assert {"zoo.Order_tags", "zoo.Person_friends", "zoo.Keeper", "zoo.ShopProxyProxy"} <= set(labels)
    registered = {
        f"{each._meta.label}" for each in apps.get_models(include_auto_created=True, include_swapped=True)
    }
    assert {each.label for each in read_models()} == registered


def test_who_inherits_from_whom() -> None:
    """Parents nearest first; children of children and proxies of proxies; a proxy is nobody's child."""
    assert zoo("BigShop")["parents"] == ["zoo.Shop", "zoo.Place"]
    assert zoo("BigShop")["parent_links"] == [["shop_ptr", "zoo.Shop"]]
    assert zoo("Place")["children"] == ["zoo.BigShop", "zoo.Shop"]
    assert zoo("Shop")["children"] == ["zoo.BigShop"]
    assert zoo("Shop")["proxies"] == ["zoo.ShopProxy", "zoo.ShopProxyProxy"]
    assert zoo("ShopProxy")["proxies"] == ["zoo.ShopProxyProxy"]
    assert (zoo("ShopProxyProxy")["proxy_for"], zoo("ShopProxyProxy")["parents"]) == (
        "zoo.Shop",
        ["zoo.Place"],
    )
    assert zoo("Place")["proxies"] == zoo("ShopProxyProxy")["proxies"] == zoo("ShopProxy")["children"] == []


def test_a_child_of_a_proxy_is_the_concrete_models() -> None:
    """Its row is a part of that one's table; the proxy has none."""
    assert (zoo("ThingChild")["parents"], zoo("ThingChild")["proxy_for"]) == (["zoo.Thing"], "")
    assert (zoo("Thing")["children"], zoo("ThingProxy")["children"]) == (["zoo.ThingChild"], [])


def test_swapped_and_automatic_models_say_so() -> None:
    """The label of what stands in its place, or of whose field made it."""
    assert (zoo("Keeper")["swapped"], zoo("OtherKeeper")["swapped"]) == ("zoo.OtherKeeper", "")
    assert (zoo("Order_tags")["auto_created"], zoo("Part")["auto_created"]) == ("zoo.Order", "")


def test_methods_of_ones_own_are_told_by_identity() -> None:
    """In the class, an abstract base, a mixin that is no model, a parent; async ones, too."""
    own = {each["label"]: (each["own_save"], each["own_delete"]) for each in results()["models"]}
    assert own["zoo.Shop"] == own["zoo.BigShop"] == own["zoo.ShopProxy"] == (True, False)
    assert own["zoo.Person"] == (False, True)
    assert own["zoo.Place"] == own["zoo.Order_tags"] == (False, False)


def test_relations_that_point_at_a_model() -> None:
    """In Django's order, hidden ones too; each by the name of its on_delete."""
    expected = {
        "zoo.Order_tags.order": "CASCADE",
        "zoo.Order_hidden_tags.order": "CASCADE",
        "zoo.Part.order": "CASCADE",
        "zoo.Line.order": "CASCADE",
        "zoo.Receipt.order": "CASCADE",
        "zoo.Kept.nulled": "SET_NULL",
        "zoo.Kept.defaulted": "SET_DEFAULT",
        "zoo.Kept.valued": "SET(value)",
        "zoo.Kept.called": "SET(callable)",
        "zoo.Kept.left": "DO_NOTHING",
        "zoo.Guard.protected": "PROTECT",
        "zoo.Guard.restricted": "RESTRICT",
        "zoo.Archived.order": "tests.model_site.models.archive",
        "zoo.Logged.order": "DB_CASCADE",
        "zoo.MarkProxy.object_id": "CASCADE",
    }
    if django.VERSION < (6, 1):
        del expected["zoo.Logged.order"]
    assert list(relations("Order").items()) == list(expected.items())
    assert [each["generic"] for each in zoo("Order")["related"]][-2:] == [False, True]
    assert {each["field"]: each["null"] for each in zoo("Shop")["related"]} == {
        "place": False,
        "shop_ptr": False,
        "shop": True,
        "object_id": True,
    }


def test_relations_to_a_parent_are_the_childs_too() -> None:
    """Deleting the child deletes what points at its parent; `to` says at whom it points."""
    inherited = {f"{each['model']}.{each['field']}": each["to"] for each in zoo("BigShop")["related"]}
    assert inherited == {
        "zoo.PlaceNote.place": "zoo.Place",
        "zoo.Order.shop": "zoo.Shop",
        "zoo.Mark.object_id": "zoo.BigShop",
    }
    links = [each["model"] for each in zoo("Place")["related"] if each["parent_link"]]
    assert links == ["zoo.Shop"]


def test_many_to_many_fields_from_both_sides() -> None:
    """Through what; from the other side where there is a manager to change it with."""
    assert zoo("Order")["many_to_many"] == [
        ["tags", "zoo.Order_tags"],
        ["hidden_tags", "zoo.Order_hidden_tags"],
        ["people", "zoo.Part"],
    ]
    assert zoo("Tag")["many_to_many_from"] == [["zoo.Order.tags", "zoo.Order_tags"]]
    assert zoo("Person")["many_to_many_from"] == [
        ["zoo.Person.follows", "zoo.Person_follows"],
        ["zoo.Order.people", "zoo.Part"],
    ]


def test_where_a_class_is_written() -> None:
    """The line of the class, also below an `if`; no line for what a call made; whose code it is."""
    source = (SITE / "models.py").read_text(encoding="utf-8").splitlines()
    for name in ("Place", "BigShop", "OtherKeeper"):
        assert source[zoo(name)["line"] - 1].startswith(f"class {name}(")
        assert (zoo(name)["file"], zoo(name)["mine"]) == (str(SITE / "models.py"), True)
    assert zoo("Order_tags")["line"] is None
    assert next(each for each in results()["models"] if each["app"] == "contenttypes")["mine"] is False


def test_the_line_of_a_decorated_or_inner_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first decorator's line, as Python 3.13 itself has it; a later class of the same name wins."""
    source = tmp_path / "zz_lines.py"
    source.write_text(
        "def same(cls): return cls\n\ntry:\n    @same\n    @same\n    class A: pass\nfinally: pass\n\n"
        "def make():\n    class B:\n        class C: pass\n    return B\n\nclass D: pass\nclass D: pass\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    import zz_lines  # type: ignore[import-not-found]

    try:
        found = [class_place(each) for each in (zz_lines.A, zz_lines.make(), zz_lines.make().C, zz_lines.D)]
        made = class_place(type("E", (), {"__module__": "zz_lines"}))
    finally:
        del sys.modules["zz_lines"]
    assert found == [(str(source), line) for line in (4, 10, 11, 15)]
    assert made == (str(source), None)


def test_fixtures_name_the_models_they_load() -> None:
    """Every format, compressed or not, in folders below, in any case; a text that is none names none."""
    assert files("Tag") == ["tags.jsonl", "shop.json"]
    assert files("Person") == ["shop.json"]
    assert files("Place") == files("PlaceNote") == ["places.yaml"]
    assert files("Order") == files("Line") == ["orders.xml"]
    assert files("Kept") == ["kept.json.gz"]
    assert files("Guard") == ["guards.yaml.zip"]
    assert files("Category") == files("Shop") == []


def test_fixtures_are_read_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a huge file, or a small one that unpacks to it, no more than the beginning; and so many in all."""
    monkeypatch.setattr(fixture_files, "MAX_TEXT", 1_000)
    entry = b'{"model": "%s", "pk": 1}'
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(entry % b"a.early" + b" " * 1_000 + entry % b"a.late"))
    (tmp_path / "b.json").write_bytes(entry % b"b.second")
    with override_settings(FIXTURE_DIRS=[tmp_path, str(tmp_path)]):
        assert {label: len(files) for label, files in fixture_models().items()} == {
            "a.early": 1,
            "b.second": 1,
        }
        monkeypatch.setattr(fixture_files, "MAX_FILES", 1)
        assert fixture_models() == {"a.early": (str(tmp_path / "a.json.gz"),)}


def test_a_fixture_that_changed_is_read_again(tmp_path: Path) -> None:
    """What was read once is kept for as long as the file is the same."""
    file = tmp_path / "a.json"
    with override_settings(FIXTURE_DIRS=[tmp_path]):
        file.write_text('[{"model": "a.one"}]', encoding="utf-8")
        assert set(fixture_models()) == set(fixture_models()) == {"a.one"}
        file.write_text('[{"model": "a.other"}]', encoding="utf-8")
        assert set(fixture_models()) == {"a.other"}


@pytest.mark.parametrize("folders", [None, 5, [5, object()], ["/no/such/folder"]])
def test_odd_fixture_folders_are_passed_over(folders: Any) -> None:
    """A setting may be anything."""
    with override_settings(FIXTURE_DIRS=folders):
        assert fixture_models() == {}


def test_reading_sends_no_sql_and_changes_nothing(django_assert_num_queries: Any, db: None) -> None:
    """Twice the same, and nothing imported."""
    modules = set(sys.modules)
    with django_assert_num_queries(0, connection=connection):
        first, second = read_models(), read_models()
    assert first == second
    assert set(sys.modules) == modules


def test_nothing_is_read_before_the_models_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the relations would be missing, and Django would remember that."""
    monkeypatch.setattr(apps, "models_ready", False)
    assert read_models() == ()


def test_a_model_whose_fields_fail_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is read, and the failure is told with the model."""

    class Failing:
        remote_field = property(lambda self: 1 / 0)

        def bulk_related_objects(self) -> None:
            raise AssertionError("asked")

    monkeypatch.setattr(Book._meta, "private_fields", [*Book._meta.private_fields, Failing()])
    found: dict[str, ModelInfo] = {each.label: each for each in read_models()}
    assert (found["testapp.Book"].unread, found["testapp.Book"].related) == ("ZeroDivisionError", ())
    assert found["testapp.Author"].unread == ""


def test_the_site_is_not_the_suites() -> None:
    """The models of the site would be senders in all other tests."""
    assert "tests.model_site.apps.ZooConfig" not in settings.INSTALLED_APPS
