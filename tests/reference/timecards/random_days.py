"""What one person does on one date: planned shifts, and punches as the person makes or forgets them.

A punch here is (UTC seconds, direction, work code); clocks, state codes and zones are put on by `random_cases`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from tests.reference.timecards.random_policies import chance

MINUTE = 60
DIRECTIONS = ("IN", "OUT", "BREAK_OUT", "BREAK_IN", "MEAL_OUT", "MEAL_IN", "UNKNOWN")


@dataclass(frozen=True)
class Planned:
    """Wall-clock minutes after 00:00 of the date; end beyond 1440 is the next day."""

    day: date
    start_min: int
    end_min: int
    break_min: int

    @property
    def entry(self) -> dict[str, object]:
        """As in `case.schedule`."""
        entry: dict[str, object] = {
            "date": self.day.isoformat(),
            "start": hhmm(self.start_min),
            "end": hhmm(self.end_min),
        }
        if self.break_min:
            entry["break"] = self.break_min
        return entry


@dataclass(frozen=True)
class Pressed:
    """One press of a key on a clock."""

    at: int
    direction: str
    work_code: str | None = None


def hhmm(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def random_plans(random: Random, day: date, *, night_crew: bool) -> list[Planned]:
    if night_crew:
        start = random.choice((22 * 60, 23 * 60, 21 * 60 + 30, 20 * 60, 18 * 60))
        return [Planned(day, start, start + random.choice((480, 540, 600)), random.choice((0, 30)))]
    if chance(random, 0.1):  # two shifts on one date
        return [Planned(day, 6 * 60, 10 * 60, 0), Planned(day, 16 * 60, 20 * 60, random.choice((0, 15)))]
    start = random.choice((0, 30, 2 * 60 + 30, 6 * 60, 7 * 60 + 30, 8 * 60, 9 * 60, 14 * 60))
    return [Planned(day, start, start + random.choice((240, 480, 510, 540, 720)), random.choice((0, 30, 60)))]


def random_presses(random: Random, plan: Planned, zone: str) -> Iterator[Pressed]:
    """A person who follows the plan more or less: breaks, transfers, doubles, forgotten and wrong presses."""
    if chance(random, 0.04):  # somebody plays with the keys
        yield from _chaos(random, plan, zone)
        return
    begin = _instant(plan.day, plan.start_min, zone) + _about(random, 20)
    if chance(random, 0.1):  # comes much too early
        begin -= random.randrange(30, 240) * MINUTE
    end = begin + (plan.end_min - plan.start_min) * MINUTE + _about(random, 40)
    presses = [Pressed(begin, "IN", _code(random)), *_pauses(random, begin, end), Pressed(end, "OUT", _code(random))]
    for press in presses:
        if chance(random, 0.03):  # forgotten
            continue
        if chance(random, 0.02):  # another key
            press = Pressed(press.at, random.choice(DIRECTIONS), press.work_code)
        yield press
        if chance(random, 0.07):  # pressed again, once or a few times: after seconds, after minutes
            at = press.at
            pause = random.choice((20, 50, 100, 5 * MINUTE, 15 * MINUTE))
            for _ in range(random.choice((1, 1, 2, 3))):
                at += random.randrange(1, 2 * pause)
                yield Pressed(at, press.direction, press.work_code)


def _pauses(random: Random, begin: int, end: int) -> Iterator[Pressed]:
    at = begin + random.randrange(30 * MINUTE, 300 * MINUTE)
    while at < end - 90 * MINUTE and chance(random, 0.75):
        kind = random.choice(("BREAK", "BREAK", "MEAL", "GAP", "TRANSFER"))
        length = random.choice((random.randrange(3, 25), random.randrange(20, 70))) * MINUTE + random.randrange(60)
        if kind == "TRANSFER":
            yield Pressed(at, "IN", random.choice(("101", "202", "303")))
        else:
            starts, ends = ("OUT", "IN") if kind == "GAP" else (f"{kind}_OUT", f"{kind}_IN")
            if chance(random, 0.1):
                ends = random.choice(("IN", "BREAK_IN", "MEAL_IN", "UNKNOWN"))
            yield Pressed(at, starts)
            yield Pressed(at + length, ends, _code(random) if chance(random, 0.3) else None)
        at += length + random.randrange(20 * MINUTE, 240 * MINUTE)


def _chaos(random: Random, plan: Planned, zone: str) -> Iterator[Pressed]:
    begin = _instant(plan.day, plan.start_min, zone)
    for _ in range(random.randrange(1, 9)):
        yield Pressed(begin + random.randrange(0, 14 * 60 * MINUTE), random.choice(DIRECTIONS), _code(random))


def _code(random: Random) -> str | None:
    return random.choice((None, None, "101", "202"))


def _about(random: Random, minutes: int) -> int:
    """Seconds around 0: mostly a few minutes, sometimes on the full minute, sometimes exactly on time."""
    if chance(random, 0.15):
        return 0
    spread = random.randrange(-minutes * MINUTE, minutes * MINUTE)
    return spread - spread % MINUTE if chance(random, 0.3) else spread


def _instant(day: date, minutes: int, zone: str) -> int:
    naive = datetime.combine(day, time(), ZoneInfo(zone))
    midnight = int(naive.astimezone(UTC).timestamp())
    return midnight + minutes * MINUTE
