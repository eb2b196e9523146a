"""Percentiles in bounded memory."""

import pytest

from simulate.fleet.counts import Latencies


def test_percentiles_are_right_within_a_step() -> None:
    latencies = Latencies()
    for number in range(1, 1001):
        latencies.add(number / 1000, now=100.0)
    assert latencies.recent_ms(0.50, 100.5) == pytest.approx(500, rel=0.05)
    assert latencies.recent_ms(0.95, 100.5) == pytest.approx(950, rel=0.05)


def test_recent_forgets_after_ten_seconds_and_all_does_not() -> None:
    latencies = Latencies()
    latencies.add(0.010, now=100.0)
    assert latencies.recent_ms(0.5, 109.0) == pytest.approx(10, rel=0.05)
    assert latencies.recent_ms(0.5, 110.0) == 0
    latencies.add(0.010, now=1_000_000.0)
    latencies.add(0.100, now=1_000_000.0)
    assert latencies.recent_ms(0.5, 1_000_000.0) == pytest.approx(10, rel=0.05)
    assert latencies.all_ms(0.6) == pytest.approx(10, rel=0.05)
    assert latencies.all_ms(0.9) == pytest.approx(100, rel=0.05)


def test_nothing_measured_is_zero() -> None:
    assert Latencies().recent_ms(0.5, 5.0) == Latencies().all_ms(0.5) == 0
