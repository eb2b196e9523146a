"""One log line of a kind in a while."""

from __future__ import annotations

from ingest.throttle import Throttle


def test_lines_are_kept_back_and_counted() -> None:
    now = 100.0
    throttle = Throttle(10.0, lambda: now)
    assert throttle.allow("a") == 0
    assert throttle.allow("a") is None
    assert throttle.allow("a") is None
    assert throttle.allow("b") == 0
    now = 110.0
    assert throttle.allow("a") == 2
    now = 120.0
    assert throttle.allow("a") == 0


def test_made_up_kinds_do_not_fill_the_log() -> None:
    now = 0.0
    throttle = Throttle(10.0, lambda: now)
    assert sum(throttle.allow(str(kind)) is not None for kind in range(5_000)) == 1_000
    now = 10.0
    assert throttle.allow("new") == 0
