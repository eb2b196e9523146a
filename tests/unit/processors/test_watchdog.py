"""A process that has work and finishes none of it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from processors.errors import Stuck
from processors.watchdog import Watchdog


@dataclass
class Consumer:
    """The few things that the watchdog asks Faust's consumer."""

    ends: dict[str, int] = field(default_factory=dict)
    _committed_offset: dict[str, int] = field(default_factory=dict)

    def assignment(self) -> set[str]:
        return set(self.ends)

    def highwater(self, partition: str) -> int:
        return self.ends[partition]


def watchdog(consumer: Consumer) -> Watchdog:
    return Watchdog(SimpleNamespace(consumer=consumer), "normalize")


def test_no_progress_for_three_minutes_ends_the_process() -> None:
    consumer = Consumer({"raw-0": 10}, {"raw-0": 4})
    dog = watchdog(consumer)
    dog.check(5)
    for _ in range(35):
        dog.check(5)
    assert "no progress" in dog.trouble
    with pytest.raises(Stuck, match="raw-0 has 6 records waiting"):
        dog.check(5)


def test_an_agent_that_knowingly_waits_is_in_trouble_but_not_stuck() -> None:
    reasons = ["tenant 'demo' has no key"]
    consumer = SimpleNamespace(consumer=Consumer({"raw-0": 10}, {"raw-0": 4}))
    dog = Watchdog(consumer, "normalize", lambda: reasons[0])
    for _ in range(100):
        dog.check(5)
    assert dog.trouble == "tenant 'demo' has no key"
    reasons[0] = ""
    for _ in range(35):
        dog.check(5)
    with pytest.raises(Stuck):
        dog.check(5)


def test_any_progress_begins_the_wait_anew() -> None:
    consumer = Consumer({"raw-0": 1000}, {"raw-0": 0})
    dog = watchdog(consumer)
    for step in range(200):
        consumer._committed_offset["raw-0"] = step // 10
        dog.check(5)
    assert dog.trouble == ""


def test_nothing_to_do_and_a_partition_that_went_elsewhere_are_no_trouble() -> None:
    consumer = Consumer({"raw-0": 10, "raw-1": 5}, {"raw-0": 10, "raw-1": 0})
    dog = watchdog(consumer)
    for _ in range(30):
        dog.check(5)
    del consumer.ends["raw-1"]
    for _ in range(100):
        dog.check(5)
    assert dog.trouble == ""


def test_what_waits_is_a_metric() -> None:
    watchdog(Consumer({"raw-0": 10, "raw-1": 5}, {"raw-0": 4, "raw-1": 5})).check(5)
    assert REGISTRY.get_sample_value("punchstream_process_lag_records", {"agent": "normalize"}) == 6
