"""What is made of measurements, with numbers small enough to check by hand."""

from __future__ import annotations

import pytest

from bench.stats import Spread, growth, percentile, ratios


def test_a_spread_is_the_median_between_the_least_and_the_greatest() -> None:
    assert Spread.of([5.0, 1.0, 2.0, 9.0, 3.0]) == Spread(3.0, 1.0, 9.0)
    assert Spread.of([1234.5, 2000.0]).text(1) == "1,617.2 (1,234.5 to 2,000.0)"


def test_ratios_are_taken_round_by_round() -> None:
    # The machine was half as fast in the second round: the ratio of the medians would not be 0.8 in each.
    assert ratios([80.0, 40.0, 80.0], [100.0, 50.0, 100.0]) == Spread(0.8, 0.8, 0.8)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(("share", "found"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)])
def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(share: float, found: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == found


def test_nothing_measured_is_an_error_and_no_zero() -> None:
    with pytest.raises(ValueError, match="no measurements"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="no measurements"):
        Spread.of([])


def test_growth_is_the_slope_under_a_sawtooth() -> None:
    backlog = [(t / 2, 100 * t / 2 + (30 if t % 2 else -30)) for t in range(40)]
    assert growth(backlog) == pytest.approx(100, abs=3)
    assert growth([(1.0, 7.0), (2.0, 7.0), (3.0, 7.0)]) == 0
