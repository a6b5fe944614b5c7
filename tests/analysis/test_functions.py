"""Which decorators leave a function what it is."""

from __future__ import annotations

import pytest

from signaltrace.analysis.functions import is_plain
from signaltrace.declarations import FunctionDef, SourceModule


@pytest.mark.parametrize(
    ("decorator", "plain"),
    [
        ("receiver(post_save)", True),
        ("dispatch.receiver(post_save)", True),
        ("on(post_save, sender=Order)", True),
        ("transaction.atomic", True),
        ("guarded", False),
        ("mine(post_save)", False),
    ],
)
def test_a_decorator_is_known_by_what_was_imported(decorator: str, plain: bool) -> None:
    """Django's `receiver` under another name is no stranger; a stranger's under the name `mine` is one."""
    brings = (("on", "django.dispatch.receiver"), ("mine", "shop.guards.unless_raw"))
    module = SourceModule("shop.receivers", "/srv/shop/receivers.py", brings=brings)
    assert is_plain(FunctionDef("notify", 1, 2, 3, decorators=(decorator,)), module) is plain
