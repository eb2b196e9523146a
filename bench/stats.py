"""What is made of repeated measurements: medians with their spread, paired ratios, growth of a backlog."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of some measurements."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises ValueError when there are none."""
        if not values:
            raise ValueError("no measurements")
        return cls(median(values), min(values), max(values))

    def text(self, digits: int = 0) -> str:
        """`median (least to greatest)`, with thousands separated."""
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def ratios(ours: Sequence[float], baseline: Sequence[float]) -> Spread:
    """Ours over the baseline, each round with its own: what slows the machine for a while slows both.

    Raises ValueError when the two were not measured equally often.
    """
    return Spread.of([one / other for one, other in zip(ours, baseline, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that `share` (0.99: 99 %) of the values do not exceed. Raises ValueError when there are none."""
    if not values:
        raise ValueError("no measurements")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def growth(points: Sequence[tuple[float, float]]) -> float:
    """Slope of (time, value) by least squares: how fast a backlog grows, whatever it does from moment to moment."""
    times, values = zip(*points, strict=True)
    return linear_regression(times, values).slope
