"""Programs that once were traced wrongly, in their smallest form: they are run first."""

from __future__ import annotations

from tests.random_programs.programs import Connect, Program, Receiver, Send, Task

PLAIN = (("plain", False), ("plain", False))
BOTH = (Connect(0, 0, weak=False), Connect(1, 1, weak=False))

AFTER_A_HOP = Program(
    signals=PLAIN,
    receivers=(Receiver("function", (Send(1, way="hop"),)), Receiver("async function")),
    connections=BOTH,
    body=(Send(0, way="hop"), Send(1)),
    root="asyncio",
)
"""A sync receiver in a thread awaited in the loop; what the loop sent later was taken to be inside it."""

HOP_AFTER_HOP = Program(
    signals=PLAIN,
    receivers=(
        Receiver("function", (Send(1, way="hop"),)),
        Receiver("async function"),
        Receiver("function", (Send(1, way="hop"),)),
    ),
    connections=(*BOTH, Connect(0, 2, weak=False)),
    body=(Send(0),),
)
"""Two sync receivers awaited one after the other; what the second sent was taken to be inside the first."""

CAUGHT_BEFORE_IT_RAISED = Program(
    signals=PLAIN,
    receivers=(Receiver("function", end="failure"), Receiver("function", end="grave")),
    connections=(Connect(0, 0, weak=False), Connect(0, 1, weak=False)),
    body=(Send(0, robust=True),),
    root="asyncio",
)
"""A receiver of ``asend_robust`` whose failure was caught was told to be fine where a later one ended all."""

CANCELLED_BEFORE_IT_BEGAN = Program(
    signals=PLAIN,
    receivers=(Receiver("async function"), Receiver("async function")),
    connections=BOTH,
    body=(Task((Send(0),), "cancelled"),),
    root="asyncio",
)
"""An async receiver that was cancelled before its first step was told to have been called."""

FOUND = (AFTER_A_HOP, HOP_AFTER_HOP, CAUGHT_BEFORE_IT_RAISED, CANCELLED_BEFORE_IT_BEGAN)
