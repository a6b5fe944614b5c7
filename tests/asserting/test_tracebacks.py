"""What the two runners show of a failed assertion: the test's own lines, and none of ours."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
import traceback
import unittest
from pathlib import Path

import pytest

from signaltrace.testing import observe
from tests.asserting import plain_case
from tests.asserting.conftest import connect
from tests.asserting.shop import Order, never_sent, notify, order_paid, refuse


@pytest.mark.django_db
def test_in_a_plain_test_case() -> None:
    """unittest's own runner, Django's TestCase: passes and fails as they should, with short tracebacks."""
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(plain_case.AuthorCase)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    assert (result.testsRun, result.errors) == (6, [])
    told = {case.id().rpartition(".")[2]: text for case, text in result.failures}
    assert sorted(told) == ["test_fails", "test_fails_at_the_end", "test_fails_in_a_block"]
    assert (
        "AssertionError: expected django.db.models.signals.post_save once, not sent\nnothing was sent"
        in told["test_fails"]
    )
    assert "post_save twice, sent once\n\n   time" in told["test_fails_in_a_block"]
    assert "post_save from testapp.Author, not sent" in told["test_fails_at_the_end"]
    for text in told.values():
        assert "signaltrace/asserting" not in text
        assert "contextlib" not in text


def test_tracebacks_in_pytest(tmp_path: Path) -> None:
    """The last line shown is the test's own, and none of ours is shown at all."""
    (tmp_path / "test_shown.py").write_text(
        textwrap.dedent(
            """
            from django.dispatch import Signal
            from signaltrace.testing import assert_sent, observe

            paid = Signal()

            def test_method():
                with observe() as seen:
                    seen.assert_sent(paid, total=5)

            def test_block():
                with assert_sent(paid):
                    pass

            def test_mistake():
                with observe() as seen:
                    seen.assert_sent("payd")
            """
        )
    )
    program = (
        "import django.conf, pytest, sys; django.conf.settings.configure();"
        "plugins = ('cacheprovider', 'randomly', 'django');"
        "sys.exit(pytest.main(['-q', *(f'-pno:{each}' for each in plugins), sys.argv[1]]))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "3 failed" in done.stdout, done.stdout + done.stderr
    assert ">           seen.assert_sent(paid, total=5)" in done.stdout
    assert ">       with assert_sent(paid):" in done.stdout
    assert "E           AssertionError: expected test_shown.paid with total=5, not sent" in done.stdout
    assert "E           nothing was sent" in done.stdout
    assert "SignaltraceError: no signal is called 'payd'; did you mean test_shown.paid?" in done.stdout
    assert "asserting" not in done.stdout
    assert "targets.py" not in done.stdout


def test_frames_that_raise_are_ours_alone() -> None:
    """The markers both runners go by are in every module a failure passes through."""
    connect(order_paid, notify)
    calls = (
        lambda seen: seen.assert_sent(never_sent),
        lambda seen: seen.assert_not_sent(order_paid),
        lambda seen: seen.assert_called(refuse),
        lambda seen: seen.assert_not_called(notify),
        lambda seen: seen.assert_order(notify, order_paid),
    )
    with observe() as seen:
        order_paid.send(Order)
        for call in calls:
            with pytest.raises(AssertionError) as caught:
                call(seen)
            frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
            ours = [frame for frame in frames if "signaltrace/asserting/" in frame.f_code.co_filename]
            assert ours
            assert all(
                frame.f_globals["__tracebackhide__"] and frame.f_globals["__unittest"] for frame in ours
            )
