"""The array of a random case: arrival order of punches and decisions, checks (with watermarks), locks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random

from tests.reference.timecards.inputs import Case, Event
from tests.reference.timecards.random_policies import chance

DAY_S = 86_400


def ordered(
    random: Random,
    case: Case,
    days: Sequence[date],
    punches: Sequence[Event],
    manual: Sequence[Event],
    others: Sequence[Event],
) -> list[Event]:
    """The array: arrival order, with checks and locks. The corrections keep their order of decision."""
    arrivals = list(punches)
    arrivals += [dict(event) for event in punches if chance(random, 0.03)]  # sent again
    if chance(random, 0.5):
        random.shuffle(arrivals)
    late = [arrivals.pop(random.randrange(len(arrivals))) for _ in range(random.randrange(4)) if arrivals]
    for event in others:
        arrivals.insert(random.randrange(len(arrivals) + 1), event)
    before_lock = random.randrange(len(manual) + 1)
    events = _with_decisions(random, arrivals, manual[:before_lock])
    watermarks = sorted(_watermark(random, case, days, punches) for _ in range(random.randrange(4)))
    places = sorted(random.randrange(len(events) + 1) for _ in watermarks)
    for shift, (place, at) in enumerate(zip(places, watermarks, strict=True)):
        check = {"t": "check", "watermark": datetime.fromtimestamp(at, UTC).isoformat(), "days": {}}
        events.insert(place + shift, check)
    events.append({"t": "check", "days": {}})
    if chance(random, 0.4):
        first = random.randrange(len(days))
        last = random.randrange(first, len(days))
        events.append({"t": "lock", "period": [days[first].isoformat(), days[last].isoformat()]})
    return events + _with_decisions(random, late, manual[before_lock:])


def _with_decisions(random: Random, arrivals: Sequence[Event], manual: Sequence[Event]) -> list[Event]:
    """The corrections put among the arrivals, in their own order."""
    events = list(arrivals)
    places = sorted(random.randrange(len(events) + 1) for _ in manual)
    for shift, (place, event) in enumerate(zip(places, manual, strict=True)):
        events.insert(place + shift, event)
    return events


def _watermark(random: Random, case: Case, days: Sequence[date], punches: Sequence[Event]) -> int:
    """An instant in the course of the dates, often right at the limit of an open shift."""
    if punches and chance(random, 0.5):
        at = int(datetime.fromisoformat(random.choice(punches)["ts"]).timestamp())
        limit = at - at % 60 + int(case["policy"].get("max_open_min", 960)) * 60
        return limit + random.choice((-60, 0, 1, 60))
    start = int(datetime.combine(days[0], datetime.min.time(), UTC).timestamp())
    return start + random.randrange(len(days) * DAY_S // 300) * 300
