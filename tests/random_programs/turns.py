"""Whose turn it is: makes programs with several tasks and threads run in one and the same order.

A task runs between two awaits as asyncio has it, in a fixed order. What would spoil that is work in
another thread, which takes its time: while a dispatch hops to one, every task that is no part of that
dispatch waits, and the hop begins only when all of them do.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol


class Inside(Protocol):
    """Where some code runs."""

    def within(self, sent: Any) -> bool:
        """Whether it is part of this dispatch."""


class Turns:
    """The dispatches that hop now, the outer ones first, with those that wait for each to end."""

    def __init__(self) -> None:
        self._hops: list[tuple[Any, list[asyncio.Future[None]]]] = []

    async def mine(self, strand: Inside) -> None:
        """Wait while a dispatch hops that ``strand`` is no part of."""
        while True:
            others = [waiting for sent, waiting in self._hops if not strand.within(sent)]
            if not others:
                return
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            others[0].append(future)
            await future

    async def begin(self, strand: Inside, sent: Any) -> None:
        """``strand`` is about to send what hops: go on when every other task waits."""
        await self.mine(strand)
        self._hops.append((sent, []))
        try:
            loop: Any = asyncio.get_running_loop()
            await asyncio.sleep(0)  # a cancellation that is under way must not reach the hop
            while loop._ready or loop._stopping:  # nobody tells when all others wait  # noqa: ASYNC110
                await asyncio.sleep(0)
        except BaseException:
            self.end(sent)
            raise

    def end(self, sent: Any) -> None:
        """The hop is over: let those that waited for it go on, in their order."""
        at = next(at for at, (each, _) in enumerate(self._hops) if each is sent)
        for future in self._hops.pop(at)[1]:
            if not future.done():
                future.set_result(None)
