"""When which job runs: rounds, back-off, what is woken."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.schedule import LONGEST_PAUSE_SECONDS, Schedule


def make(*jobs: tuple[str, float]) -> Schedule:
    schedule = Schedule(jobs, now=0.0, random=Random(1))
    schedule.wake(0.0)
    return schedule


def run_all(schedule: Schedule, now: float) -> list[str]:
    """All that is due now, each done at once."""
    names = []
    while (name := schedule.next(now)) is not None:
        names.append(name)
        schedule.done(name, now, started=now, again=False)
    return names


def test_due_jobs_go_in_order_of_work_and_come_again_after_their_time() -> None:
    schedule = make(("feed", 10.0), ("people", 100.0))
    assert run_all(schedule, 0.0) == ["feed", "people"]
    assert schedule.next(8.9) is None
    assert 9.0 <= schedule.next_at() <= 11.0
    assert run_all(schedule, 11.0) == ["feed"]
    assert run_all(schedule, 110.0) == ["feed", "people"]


def test_the_first_runs_are_spread() -> None:
    begins = [Schedule([("feed", 5.0)], now=0.0, random=Random(seed)).next_at() for seed in range(200)]
    assert min(begins) < 0.1
    assert 1.9 < max(begins) <= 2.0


def test_one_that_has_always_more_lets_the_others_run_in_between() -> None:
    schedule = make(("backfill", 10.0), ("feed", 1.0), ("people", 100.0))
    order = []
    now = 0.0
    for _ in range(12):
        name = schedule.next(now)
        assert name is not None
        order.append(name)
        schedule.done(name, now + 0.5, started=now, again=name == "backfill")
        now += 0.5
    assert order[:3] == ["backfill", "feed", "people"]
    assert order.count("backfill") >= 5
    assert order.count("feed") >= 4


def test_a_failing_job_pauses_longer_and_longer_and_the_others_go_on() -> None:
    schedule = make(("feed", 1.0), ("people", 1.0))
    pauses: list[float] = []
    people, now = 0, 0.0
    failed_at = None
    while len(pauses) < 9:
        name = schedule.next(now)
        if name == "feed":
            if failed_at is not None:
                pauses.append(now - failed_at)
            failed_at = now
            schedule.failed(name, now)
        elif name is not None:
            people += 1
            schedule.done(name, now, started=now, again=False)
        now += 0.25
    assert 4 <= pauses[0] <= 6.5
    assert all(later > earlier for earlier, later in pairwise(pauses[:6]))
    assert max(pauses) <= 1.2 * LONGEST_PAUSE_SECONDS + 0.25
    assert people > now / 1.5


def test_trouble_of_the_source_holds_everything_and_a_success_forgets_it() -> None:
    schedule = make(("feed", 1.0), ("people", 1.0))
    now = 0.0
    for least in (0.0, 0.0, 60.0):
        name = schedule.next(now)
        assert name == "feed"
        schedule.source_failed(name, now, least=least)
        assert schedule.is_held(now)
        assert schedule.next(now) is None
        assert schedule.next_at() >= now + max(least, 4.0)
        now = schedule.next_at()
    assert run_all(schedule, now) == ["feed", "people"]
    schedule.next(now + 2)
    schedule.source_failed("feed", now + 2, least=0.0)
    assert schedule.next_at() <= now + 2 + 6.0


def test_what_is_woken_does_not_wait_unless_the_pause_is_firm() -> None:
    schedule = make(("feed", 100.0), ("people", 100.0))
    run_all(schedule, 0.0)
    schedule.wake(1.0, ["people", "nobody"])
    assert run_all(schedule, 1.0) == ["people"]
    schedule.source_failed(None, 2.0, least=0.0)
    schedule.wake(2.0, ["feed"])
    assert run_all(schedule, 2.0) == ["feed"]
    schedule.source_failed(None, 3.0, least=60.0)
    schedule.wake(3.0, ["feed"])
    assert schedule.next(62.9) is None
    assert schedule.next(63.0) == "feed"


def test_what_is_woken_while_it_runs_runs_again() -> None:
    schedule = make(("feed", 100.0))
    assert schedule.next(0.0) == "feed"
    schedule.wake(0.5, ["feed"])
    schedule.done("feed", 1.0, started=0.0, again=False)
    assert schedule.next(1.0) == "feed"


def test_kafka_that_is_away_means_the_same_job_again_soon() -> None:
    schedule = make(("feed", 1.0), ("people", 1.0))
    assert schedule.next(0.0) == "feed"
    schedule.kafka_failed("feed", 0.0)
    assert schedule.next_at() == 1.0
    assert schedule.next(1.0) == "feed"
    schedule.kafka_failed("feed", 1.0)
    assert schedule.next_at() == 3.0
    for _ in range(10):
        schedule.kafka_failed(None, 3.0)
    assert schedule.next_at() == 33.0


def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two jobs of one source are called 'feed'"):
        make(("feed", 1.0), ("feed", 2.0))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["done", "again", "failed", "source", "kafka", "wake"]), max_size=60), st.integers(0, 99)
)
def test_whatever_happens_every_job_has_its_turn(events: list[str], seed: int) -> None:
    schedule = Schedule([("a", 1.0), ("b", 5.0), ("c", 50.0)], now=0.0, random=Random(seed))
    now = 0.0
    for event in events:
        now = max(now, schedule.next_at())
        name = schedule.next(now)
        assert name is not None
        if event == "done":
            schedule.done(name, now + 0.1, started=now, again=False)
        elif event == "again":
            schedule.done(name, now + 0.1, started=now, again=True)
        elif event == "failed":
            schedule.failed(name, now)
        elif event == "source":
            schedule.source_failed(name, now, least=0.0)
        elif event == "kafka":
            schedule.kafka_failed(name, now)
        else:
            schedule.wake(now)
            schedule.done(name, now, started=now, again=False)
    begin = now
    ran: set[str] = set()
    while ran != {"a", "b", "c"}:
        now = max(now, schedule.next_at())
        assert now <= begin + 2 * LONGEST_PAUSE_SECONDS
        name = schedule.next(now)
        assert name is not None
        ran.add(name)
        schedule.done(name, now, started=now, again=name == "a")
        now += 0.1
