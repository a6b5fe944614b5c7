"""Tests that end in each other way."""

import unittest

from django.test import SimpleTestCase, TestCase

from .models import Order
from .receivers import paid


class Outcomes(TestCase):
    """What the runner prints of them must not change."""

    def setUp(self):
        Order().save()

    def test_error(self):
        raise KeyError("nothing of the kind")

    def test_failure(self):
        Order().save()
        self.fail("the shop is shut")

    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                Order().save()
                if number == 1:
                    self.fail("not one")

    @unittest.expectedFailure
    def test_unexpected(self):
        Order().save()


class BadSetup(TestCase):
    """Its class cannot be set up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        paid.send("setUpClass")
        raise RuntimeError("no class")

    def test_one(self):
        raise AssertionError

    def test_two(self):
        raise AssertionError


class BadTearDown(SimpleTestCase):
    """Its test is fine."""

    def test_fine(self):
        paid.send("fine")

    def tearDown(self):
        raise RuntimeError("not that way")


class Loop(unittest.IsolatedAsyncioTestCase):
    """Plain unittest's own async tests, which Django cannot send to workers."""

    async def asyncSetUp(self):
        await paid.asend("asyncSetUp")

    async def test_loop(self):
        await paid.asend("test")
        await paid.asend("test")
