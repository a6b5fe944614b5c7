"""A run that ``--signaltrace-what-if`` started: some of the tests without one receiver, and how they went."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from signaltrace.capture.mutes import Mute
from signaltrace.capture.patch import begin_mute, end_mute
from signaltrace.capture.recorder import Recorder
from signaltrace.pytest_plugin.options import is_worker
from signaltrace.pytest_plugin.outcomes import outcome


@dataclass(frozen=True)
class Errand:
    """What such a run is to do: the receiver's label, node ids of tests, and the file for their outcomes."""

    receiver: str
    tests: list[str]
    outcomes: str

    def write(self, file: Path) -> None:
        """Put it where the run finds it."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: str) -> Errand:
        """The errand in a file."""
        return cls(**json.loads(Path(file).read_text(encoding="utf-8")))


class Rerun:
    """Chooses the tests, mutes the receiver in all threads, and writes how the tests went."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.errand = Errand.read(config.option.signaltrace_rerun)
        self.outcomes: dict[str, str] = {}
        self._mute = Mute(_only(self.errand.receiver), True)
        begin_mute(self._mute)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what the errand does not name."""
        wanted = set(self.errand.tests)
        left_out = [item for item in items if item.nodeid not in wanted]
        items[:] = [item for item in items if item.nodeid in wanted]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How a test goes."""
        self.outcomes[report.nodeid] = outcome(report, self.outcomes.get(report.nodeid, ""))

    def pytest_sessionfinish(self) -> None:
        """Tell it to who sent us; on a worker of pytest-xdist the controller does."""
        if not is_worker(self.config):
            Path(self.errand.outcomes).write_text(json.dumps(self.outcomes), encoding="utf-8")

    def pytest_unconfigure(self) -> None:
        """The run is over."""
        end_mute(self._mute)


def _only(label: str) -> Callable[[Any, Any, Recorder], Callable[[Any], bool]]:
    """The rule that mutes whatever goes by this label, whenever it is connected."""

    def rule(signal: Any, sender: Any, recorder: Recorder) -> Callable[[Any], bool]:
        names = recorder.names

        def pick(receiver: Any) -> bool:
            info = names.receivers.get(names.receiver(receiver))
            return info is not None and info.name == label

        return pick

    return rule
