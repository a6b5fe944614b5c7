"""Runs programs: what each step does in sync and in async code, and what receivers do when called."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from dataclasses import replace
from typing import Any

from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async

from signaltrace.capture.versions import run_parallel
from tests.capture.observing import Notes, stack_depth
from tests.random_programs import programs
from tests.random_programs.ending import again, end
from tests.random_programs.log import Call, Sent, Strand
from tests.random_programs.programs import Program, Send, Step
from tests.random_programs.world import World

GATHERS = run_parallel is None
"""Before Django 6.1 a dispatch is over when its first async receiver raises; the others run on. And
``asend`` runs sync receivers beside async ones, in no order: with both, programs use ``send`` there."""


async def nothing() -> None:
    """What is awaited for the sake of waiting."""


def run_program(program: Program, notes: Notes) -> World:
    """Run all of it; the world it ran in, for its log. Nothing is collected except where it says so."""
    world = World(program, notes)
    runner = Runner(world)
    world.call, world.acall = runner.call, runner.acall
    gc.disable()
    gc.freeze()  # what was there before need not be looked through at each collection
    try:
        for step in program.connections:
            world.connect(step)
        strand = Strand("root", is_async=program.root == "asyncio")
        if program.root == "asyncio":
            asyncio.run(runner.main(strand))
        else:
            runner.run(strand, program.body)
    except BaseException as error:
        notes.add("root", "raised", type(error).__name__)
    world.tasks.clear()
    # the thread of hops may hold what it ran last, until it runs something else
    SyncToAsync.single_thread_executor.submit(int).result()
    world.receivers[:] = [None] * len(world.receivers)
    gc.collect()
    gc.unfreeze()
    gc.enable()
    notes.add("alive", world.survivors())
    return world


class Runner:
    """The steps, done to a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    # -- receivers -----------------------------------------------------------------------------

    def call(self, number: int, kwargs: dict[str, Any]) -> Any:
        """What a sync receiver does."""
        strand = self.world.enter(number, kwargs)
        call = strand.parent
        assert call is not None
        try:
            self.run(strand, self.world.program.receivers[number].body)
            value = end(self.world.program.receivers[number].end)
        except BaseException as error:
            self.world.leave(call, error)
            raise
        self.world.leave(call, None)
        return value

    async def acall(self, number: int, kwargs: dict[str, Any]) -> Any:
        """What an async receiver does."""
        strand = self.world.enter(number, kwargs)
        call = strand.parent
        assert call is not None
        try:
            await self.arun(strand, self.world.program.receivers[number].body)
            await self.world.turns.mine(strand)
            value = end(self.world.program.receivers[number].end)
        except BaseException as error:
            self.world.leave(call, error)
            await self._last(strand, call, raised=True)
            raise
        self.world.leave(call, None)
        await self._last(strand, call, raised=False)
        return value

    async def _last(self, strand: Strand, call: Call, raised: bool) -> None:
        """Where receivers that run on would race the thread that waits for the dispatch, the one that
        raises waits for them first."""
        sent = call.sent
        if not (GATHERS and strand.shared):
            return
        sent.ended += 1
        if sent.ended == sum(map(self.world.is_async, sent.expected)):
            for future in sent.waiting:
                future.set_result(None)
        elif raised:
            sent.waiting.append(asyncio.get_running_loop().create_future())
            await sent.waiting[-1]

    # -- sync code -----------------------------------------------------------------------------

    def run(self, strand: Strand, body: tuple[Step, ...]) -> None:
        """Steps in sync code."""
        for step in body:
            if isinstance(step, Send):
                self._send(strand, step)
            elif isinstance(step, programs.Task):
                contextvars.copy_context().run(self.run, strand.child(), step.body)
            else:
                self._anywhere(strand, step)

    def _send(self, strand: Strand, step: Send) -> None:
        if step.way == "hop" and self._races(step):
            step = replace(step, way="plain")
        sent = self.world.sending(strand, step, "asend" if step.way == "hop" else "send")
        if sent is None:
            return
        method = getattr(self.world.signals[step.signal], sent.method)
        sender = self.world.senders[sent.sender]
        # asgiref refuses where a loop runs in this very thread
        sent.begun = step.way != "hop" or sent.task is None
        failure = None
        try:
            if step.way == "hop":
                responses = async_to_sync(method)(sender, **self.world.keywords(sent))
            else:
                sent.depth = stack_depth()
                responses = method(sender, **self.world.keywords(sent))
        except BaseException as error:
            self.world.raised(sent, error)
            failure = None if step.caught else error
        else:
            self.world.returned(sent, responses)
            del responses
        if strand.hopped and (step.way == "hop" or any(map(self.world.is_async, sent.expected))):
            # the loop that ran it wakes this thread before it lets go of what it ran
            async_to_sync(nothing)()
            self.world.contexts_raced()
        again(failure)

    def _races(self, step: Send) -> bool:
        return GATHERS and len({self.world.is_async(each) for each in self.world.expected(step)}) == 2

    def _anywhere(self, strand: Strand, step: Step) -> None:
        world = self.world
        if isinstance(step, programs.Connect):
            world.connect(step)
        elif isinstance(step, programs.Disconnect):
            world.notes.add(strand.path, "disconnected", world.disconnect(step))
        elif isinstance(step, programs.Drop):
            world.notes.add(strand.path, "dropped", world.drop(step.receiver))
        elif isinstance(step, programs.Look):
            sender = world.senders[world.sender_of(step)]
            world.notes.add(strand.path, "looked", world.signals[step.signal].has_listeners(sender))
        elif isinstance(step, programs.Thread):
            self._thread(strand.child(context=step.copied, thread=True), step)

    def _thread(self, strand: Strand, step: programs.Thread) -> None:
        def target() -> None:
            try:
                self.run(strand, step.body)
            except BaseException as error:
                self.world.notes.add(strand.path, "thread raised", type(error).__name__)

        context = contextvars.copy_context() if step.copied else contextvars.Context()
        thread = threading.Thread(target=context.run, args=(target,))
        thread.start()
        thread.join()

    # -- async code ----------------------------------------------------------------------------

    async def main(self, strand: Strand) -> None:
        """The root of an async program; what it left running is stopped, in order."""
        await self.arun(strand, self.world.program.body)
        for task in self.world.tasks:
            await self.world.turns.mine(strand)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()

    async def arun(self, strand: Strand, body: tuple[Step, ...]) -> None:
        """Steps in async code."""
        for step in body:
            await self.world.turns.mine(strand)
            if isinstance(step, Send):
                await self._asend(strand, step)
            elif isinstance(step, programs.Task):
                await self._task(strand, step)
            elif isinstance(step, programs.Pause):
                await asyncio.sleep(0)
            elif isinstance(step, programs.Cancel):
                task = strand.awaiting and strand.awaiting()
                if task is not None and not (GATHERS and strand.shared):
                    task.cancel()
            else:
                self._anywhere(strand, step)

    async def _asend(self, strand: Strand, step: Send) -> None:
        if step.way == "direct":
            self._send(strand, step)
            return
        if self._races(step):
            step = replace(step, way="hop")
        sent = self.world.sending(strand, step, "send" if step.way == "hop" else "asend")
        if sent is None:
            return
        hops = step.way == "hop" or not all(map(self.world.is_async, sent.expected))
        failure = None
        try:
            responses = await self._awaited(strand, sent, hops)
        except BaseException as error:
            self.world.raised(sent, error)
            failure = None if step.caught and not isinstance(error, asyncio.CancelledError) else error
        else:
            self.world.returned(sent, responses)
            del responses
        if hops:
            await self._let_go(strand)
        if sent.step.way == "hop" and any(map(self.world.is_async, sent.expected)):
            self.world.contexts_raced()
        again(failure)

    async def _awaited(self, strand: Strand, sent: Sent, hops: bool) -> Any:
        method = getattr(self.world.signals[sent.step.signal], sent.method)
        sent.begun = not hops
        if not hops:
            return await method(self.world.senders[sent.sender], **self.world.keywords(sent))
        await self.world.turns.begin(strand, sent)
        sent.begun = True
        try:
            if sent.step.way == "hop":
                method = sync_to_async(method)
            return await method(self.world.senders[sent.sender], **self.world.keywords(sent))
        finally:
            self.world.turns.end(sent)

    async def _let_go(self, strand: Strand) -> None:
        """A thread that ran something may hold it still when the loop goes on: until it runs the next."""
        await self.world.turns.begin(strand, strand)
        try:
            await asyncio.create_task(sync_to_async(int)())
        finally:
            self.world.turns.end(strand)

    async def _task(self, strand: Strand, step: programs.Task) -> None:
        task = asyncio.create_task(self.arun(strand.child(), step.body))
        kind = "now" if strand.shared else step.end
        if kind == "later":
            self.world.tasks.append(task)
            return
        if kind == "cancelled":
            await asyncio.sleep(0)
            await self.world.turns.mine(strand)
            task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            self.world.notes.add(strand.path, "task cancelled")
            current = asyncio.current_task()
            if current is None or current.cancelling():
                raise
        except BaseException as error:
            self.world.notes.add(strand.path, "task raised", type(error).__name__)
