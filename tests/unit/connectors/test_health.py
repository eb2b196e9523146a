"""How a source is, and when it is told."""

from __future__ import annotations

from connectors.health import GAP_SECONDS, Health
from schemas.polled import SourceStatus


def make() -> Health:
    return Health(("feed", "people"), worker="w1", now=0.0)


def tell(health: Health, now: float) -> str:
    report = health.due(now)
    if report is None:
        return ""
    health.told(report, now)
    return report.status.value


def test_a_source_that_stays_down_is_told_once() -> None:
    health = make()
    assert tell(health, 0.0) == ""
    told = []
    for second in range(0, 3000, 5):
        health.failed("feed", SourceStatus.UNREACHABLE, f"no route {second}", float(second), whole=True)
        told.append(tell(health, float(second)))
    assert [status for status in told if status] == ["unreachable"]
    assert (health.errors, health.since) == (600, 0.0)


def test_presence_is_told_once_a_minute_while_polls_succeed() -> None:
    health = make()
    told = []
    for second in range(0, 300, 5):
        health.ran("feed", float(second) + 0.5, started=float(second), rows=2, again=False)
        if status := tell(health, float(second) + 0.5):
            told.append((second, status))
    assert told == [(0, "ok"), (60, "ok"), (120, "ok"), (180, "ok"), (240, "ok")]
    report = health.due(400.0)
    assert report is not None
    assert (report.rows, report.last_good_poll, report.lag_s, report.worker) == (120, 295_000, 105.0, "w1")


def test_the_lag_is_that_of_the_feed_and_grows_while_there_is_more() -> None:
    health = make()
    assert health.lag(5.0) is None
    health.ran("feed", 11.0, started=10.0, rows=1, again=False)
    health.ran("feed", 21.0, started=20.0, rows=1, again=True)
    health.ran("people", 31.0, started=30.0, rows=1, again=False)
    assert health.lag(40.0) == 30.0
    assert health.last_good_poll == 30.0


def test_trouble_of_a_job_lasts_until_that_job_succeeds_that_of_the_source_until_any_does() -> None:
    health = make()
    health.failed("feed", SourceStatus.LICENCE_MISSING, "403", 1.0, whole=False)
    health.ran("people", 2.0, started=2.0, rows=0, again=False)
    assert (health.status, health.why) == (SourceStatus.LICENCE_MISSING, "feed: 403")
    health.failed("people", SourceStatus.AUTH_FAILED, "rejected", 3.0, whole=True)
    assert health.status.value == "auth_failed"
    health.ran("people", 4.0, started=4.0, rows=0, again=False)
    assert health.status.value == "licence_missing"
    health.ran("feed", 5.0, started=5.0, rows=0, again=False)
    assert (health.status, health.why, health.since) == (SourceStatus.OK, "", 5.0)


def test_of_two_jobs_in_trouble_the_first_in_order_of_work_is_shown() -> None:
    health = make()
    health.failed("people", SourceStatus.FAULT, "html", 1.0, whole=False)
    health.failed("feed", SourceStatus.NEEDS_EPOCH, "ids began anew", 2.0, whole=False)
    assert health.status.value == "needs_epoch"
    health.cleared("feed", 3.0)
    assert health.status.value == "fault"


def test_a_gap_is_shown_for_an_hour_and_presence_goes_on() -> None:
    health = make()
    health.found(SourceStatus.GAP, "12 rows", 1.0)
    health.ran("feed", 2.0, started=1.0, rows=9, again=False)
    assert tell(health, 2.0) == "gap"
    assert tell(health, 62.0) == "gap"
    health.ran("feed", 2.0 + GAP_SECONDS, started=1.0, rows=9, again=False)
    assert tell(health, 2.0 + GAP_SECONDS) == "ok"


def test_paused_is_shown_before_anything_else() -> None:
    health = make()
    health.failed("feed", SourceStatus.UNREACHABLE, "no route", 1.0, whole=True)
    health.paused(True, 2.0)
    assert (tell(health, 2.0), tell(health, 200.0)) == ("paused", "")
    health.paused(False, 300.0)
    assert tell(health, 300.0) == "unreachable"


def test_why_is_short() -> None:
    health = make()
    health.failed("feed", SourceStatus.FAULT, "x" * 10_000, 1.0, whole=True)
    assert len(health.why) == 500
