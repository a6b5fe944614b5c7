"""Tests of each of Django's kinds, all of them fine: alone, and in workers without tblib."""

import unittest

from django.test import SimpleTestCase, TestCase, TransactionTestCase

from .models import Order
from .receivers import paid


class Orders(TestCase):
    """Fixtures of each kind send something."""

    @classmethod
    def setUpTestData(cls):
        Order.objects.create(number=1)

    @classmethod
    def tearDownClass(cls):
        paid.send("tearDownClass")
        paid.send("tearDownClass")
        super().tearDownClass()

    def setUp(self):
        Order.objects.create(number=2)
        self.addCleanup(paid.send, "clean-up")

    def tearDown(self):
        paid.send("tearDown")

    def test_a_saves(self):
        for _ in range(5):
            Order().save()

    async def test_b_async(self):
        await paid.asend("async")

    @unittest.skip("later")
    def test_c_skipped(self):
        raise AssertionError

    def test_d_skips(self):
        Order().save()
        self.skipTest("not today")

    @unittest.expectedFailure
    def test_e_expected(self):
        Order().save()
        self.fail("as expected")

    def test_f_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                Order().save()


class Mails(SimpleTestCase):
    """Without a database."""

    def test_robust(self):
        paid.send_robust("robust", broken=True)


class Transactions(TransactionTestCase):
    """Flushes the database when it is over, which sends post_migrate."""

    def test_saves(self):
        Order().save()
