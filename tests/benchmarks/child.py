"""One measurement in a process of its own: ``python -m tests.benchmarks.child NAME [TOOL] [--quick]``.

Prints its result as JSON. Some tools can't be undone, and a class whose attributes are swapped a
thousand times is slow for good on Python 3.13.
"""

from __future__ import annotations

import json
import sys

from tests.benchmarks import scale, tools
from tests.benchmarks.measuring import compare
from tests.benchmarks.workloads import WORKLOADS

ROUNDS, QUICK_ROUNDS = 120, 4


def main(name: str, tool: str, quick: bool) -> None:
    """Measure and print."""
    result: object
    if name == "growth":
        result = scale.growth(2 if quick else 7, 50_000 if quick else 1_000_000, scale.UNLIMITED)
    elif name == "growth_dropping":
        limit = 25_000 if quick else 1_000_000
        result = scale.growth(2 if quick else 7, 50_000 if quick else 1_000_000, limit)
    elif name == "bytes":
        result = scale.bytes_per_call(5_000 if quick else 50_000)
    elif name == "floor":
        result = scale.floor_ns(20 if quick else 400)
    else:
        workload = WORKLOADS[name]
        tracer = tools.load(tool).tool(workload.signaltrace)
        result = compare(workload, tracer, QUICK_ROUNDS if quick else ROUNDS)
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--quick" in sys.argv)
