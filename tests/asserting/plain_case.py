"""A TestCase as users write them, for unittest's own runner: half of its tests fail on purpose."""

from __future__ import annotations

from django.db.models.signals import post_save, pre_save
from django.test import TestCase

from signaltrace.testing import assert_not_sent, assert_order, assert_sent, observe
from tests.testapp.models import Author


class AuthorCase(TestCase):
    """The recording of each test begins in ``setUp``."""

    def setUp(self) -> None:
        self.seen = self.enterContext(observe())

    def test_sent(self) -> None:
        author = Author.objects.create(name="A")
        self.seen.assert_sent(post_save, sender=Author, times=1, instance=author, created=True)
        self.seen.assert_order(pre_save, "post_save")

    def test_nothing_of_the_test_before(self) -> None:
        self.seen.assert_not_sent(post_save)

    def test_blocks(self) -> None:
        with assert_sent(post_save, Author, times=1), assert_order(pre_save, post_save):
            Author.objects.create(name="A")
        with assert_not_sent("post_save"):
            Author.objects.count()

    def test_fails(self) -> None:
        self.seen.assert_sent(post_save, times=1)

    def test_fails_in_a_block(self) -> None:
        with assert_sent(post_save, times=2):
            Author.objects.create(name="A")

    def test_fails_at_the_end(self) -> None:
        self.enterContext(assert_sent(post_save, sender="testapp.Author"))
