"""Hours by work code, job code and site, and tips. Source: B12, B14; section 1: six job codes, three tip codes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from processors.timecards.engine.inputs import PunchInput
from processors.timecards.engine.shift import Segment


@dataclass(slots=True, eq=False)
class Labor:
    """Gross seconds by work code, by place (1 to 6) and job code, by site; sums of tips by place (1 to 3)."""

    work_codes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    jobs: dict[str, dict[str, int]] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tips: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, segment: Segment, seconds: int) -> None:
        """A segment belongs to the work code that it has and to job codes and site of the punch that opened it."""
        opening = segment.start.punch
        if segment.work_code:
            self.work_codes[segment.work_code] += seconds
        if opening.site:
            self.sites[opening.site] += seconds
        for place, code in enumerate(opening.job_codes[:6], start=1):
            if code:
                by_code = self.jobs.setdefault(str(place), {})
                by_code[code] = by_code.get(code, 0) + seconds

    def add_tips(self, punch: PunchInput) -> bool:
        """False when one of the amounts is no number; it stays with the punch and is in no sum."""
        readable = True
        for place, text in enumerate(punch.tips[:3], start=1):
            if not text.strip():
                continue
            try:
                amount = Decimal(text.strip())
            except InvalidOperation:
                readable = False
                continue
            if amount.is_finite():
                self.tips[str(place)] += amount
            else:
                readable = False
        return readable


def whole_minutes(seconds: dict[str, int]) -> dict[str, int]:
    return {name: value // 60 for name, value in seconds.items()}
