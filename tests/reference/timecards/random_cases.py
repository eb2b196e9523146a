"""Seeded random cases of the case format (section 0), each about one employee-week.

`random_case(seed)` is the same case for the same seed. Left out on purpose is only what the specification leaves to
an order that a case file does not hold: copies of one punch (same serial, PIN and local second) with different
contents, and two manual punches at one instant.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.timecards.inputs import Case, Event
from tests.reference.timecards.random_arrivals import ordered
from tests.reference.timecards.random_days import Planned, Pressed, random_plans, random_presses
from tests.reference.timecards.random_policies import CUSTOM_STATE_MAP, chance, random_policy
from tests.reference.timecards.wall_clock import offset_at

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",  # -03:30, -02:30
    "America/Santiago",  # changes at midnight, the other way round
    "America/Havana",  # repeats 00:00 to 01:00
    "Europe/Berlin",
    "Europe/London",
    "Asia/Kolkata",  # +05:30
    "Asia/Kathmandu",  # +05:45
    "Asia/Beirut",  # skips 00:00 to 01:00
    "Australia/Sydney",
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Chatham",  # +12:45, +13:45
    "Asia/Dubai",
)
# The state codes that each map of the case format reads as a direction.
CODES: dict[str, dict[str, tuple[int, ...]]] = {
    "zk_standard": {"IN": (0, 4), "OUT": (1, 5), "BREAK_OUT": (2,), "BREAK_IN": (3,), "UNKNOWN": (255,)},
    "tft_dcs": {
        "IN": (0,),
        "OUT": (1,),
        "MEAL_IN": (2,),
        "MEAL_OUT": (3,),
        "BREAK_IN": (4,),
        "BREAK_OUT": (5,),
        "UNKNOWN": (255,),
    },
    "custom": {direction: (int(code),) for code, direction in CUSTOM_STATE_MAP.items()},
}
UNMAPPED_CODES = (7, 99)
DAY_S = 86_400


@lru_cache(maxsize=64)
def clock_changes(zone: str) -> tuple[date, ...]:
    """The dates of 2025 on which the zone's clocks change."""
    start = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    days = [start + n * DAY_S for n in range(365)]
    return tuple(
        datetime.fromtimestamp(at, ZoneInfo(zone)).date()
        for at in days
        if offset_at(at, zone) != offset_at(at + DAY_S, zone)
    )


def random_case(seed: int) -> Case:
    random = Random(seed)
    zone = random.choice(ZONES)
    sites = {"S1": zone, "S2": random.choice(ZONES)} if chance(random, 0.4) else {}
    days = _days(random, zone)
    policy = random_policy(random, days)
    planned = [
        plan
        for day in days
        if chance(random, 0.8)
        for plan in random_plans(random, day, night_crew=chance(random, 0.25))
    ]
    punches = _punches(random, planned, zone, sites, policy)
    case: Case = {"id": f"RANDOM-{seed}", "kind": "timecard", "title": f"random employee-week {seed}", "zone": zone}
    case["policy"] = policy
    if sites:
        case["sites"] = sites
    if chance(random, 0.6):
        case["schedule"] = [plan.entry for plan in planned if chance(random, 0.9)]
        extra = random_plans(random, random.choice(days), night_crew=False)[0]  # nobody comes to this one
        if all(plan.day != extra.day for plan in planned):
            case["schedule"].append(extra.entry)
    identity_changes = _put_identity(random, case, punches) if chance(random, 0.25) else []
    manual = _corrections(random, punches, policy) if chance(random, 0.5) else []
    leave = _leave(random, days) if chance(random, 0.25) else []
    case["events"] = ordered(random, case, days, punches, manual, [*leave, *identity_changes])
    case["expect"] = {"days": {}}
    return case


def _days(random: Random, zone: str) -> list[date]:
    """Seven to nine dates in a row; half of the time around a change of the clocks."""
    changes = clock_changes(zone)
    if changes and chance(random, 0.5):
        first = random.choice(changes) - timedelta(days=random.randrange(1, 6))
    else:
        first = date(2025, 1, 6) + timedelta(days=random.randrange(340))
    return [first + timedelta(days=n) for n in range(random.randrange(7, 10))]


def _iso(at: int, zone: str) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).isoformat()


def _punches(
    random: Random, planned: Sequence[Planned], zone: str, sites: dict[str, str], policy: dict[str, Any]
) -> list[Event]:
    grid = random.choice((1, 1, 1, 60, 900, 1800))  # some are always on the quarter hour: limits are met exactly
    presses: list[tuple[Pressed, str | None]] = []
    for plan in planned:
        if chance(random, 0.08):  # does not come
            continue
        site = random.choice(list(sites)) if sites else None
        changes_site = sites and chance(random, 0.1)
        for press in random_presses(random, plan, sites.get(site or "", zone)):
            exact = replace(press, at=press.at - press.at % grid)
            presses.append((exact, random.choice(list(sites)) if changes_site else site))
    random.shuffle(presses)
    events: list[Event] = []
    seen: set[tuple[str, str]] = set()
    for press, site in presses:
        event = _punch(random, f"p{len(events)}", press, site, sites.get(site or "", zone), policy)
        key = (event["sn"], event["ts"][:19])
        if key not in seen:  # one punch by its id: its contents must be one, too
            seen.add(key)
            events.append(event)
    return sorted(events, key=lambda event: datetime.fromisoformat(event["ts"]))


def _punch(random: Random, name: str, press: Pressed, site: str | None, zone: str, policy: dict[str, Any]) -> Event:
    named = policy["state_map"]
    codes = CODES[named if isinstance(named, str) else "custom"]
    direction = press.direction if press.direction in codes else press.direction.replace("MEAL", "BREAK")
    state = random.choice(codes[direction])
    if policy["direction"] == "alternate" and chance(random, 0.7):
        state = 255
    if chance(random, 0.01):
        state = random.choice(UNMAPPED_CODES)
    event: Event = {"t": "punch", "id": name, "ts": _iso(press.at, zone), "state": state}
    event["sn"] = random.choice(("B7", "B8")) if site == "S2" else random.choice(("A1", "A1", "A2"))
    if site is not None:
        event["site"] = site
    if press.work_code is not None:
        event["wc"] = press.work_code
    if chance(random, 0.02):
        event["is_attendance"] = random.choice((0, False))
    elif chance(random, 0.05):
        event["is_attendance"] = random.choice((None, 1, True))
    if chance(random, 0.05):  # now and then a clock that runs ahead
        event["received"] = _iso(press.at + random.choice((2, 3600, 500_000, -590, -600, -601, -7200)), "UTC")
    if chance(random, 0.05):
        event["src"] = "akuvox"
        event["status"] = random.choice((0, 0, 1))
    return event


def _put_identity(random: Random, case: Case, punches: Sequence[Event]) -> list[Event]:
    """PINs per device, some of them somebody else's or nobody's; later changes of who is behind them."""
    case["employee"] = "E1"
    serials = sorted({event["sn"] for event in punches}) or ["A1"]
    identity = {f"{serial}:29": "E1" for serial in serials}
    identity.update({f"{serials[0]}:30": "E2", f"{serials[-1]}:1001": "E1"})
    case["identity"] = identity
    for event in punches:
        event["pin"] = "29"
        if chance(random, 0.08):
            event["pin"] = random.choice(("30", "1001", "4711"))
        elif chance(random, 0.05):
            del event["pin"]
    changes: list[Event] = []
    for _ in range(random.randrange(3)):
        entry = f"{random.choice(serials)}:{random.choice(('29', '30', '1001', '4711'))}"
        changes.append({"t": "identity", "map": {entry: random.choice(("E1", "E1", "E2"))}})
    return changes


def _corrections(random: Random, punches: Sequence[Event], policy: dict[str, Any]) -> list[Event]:
    """Add, edit, void in an order that is the order of decision; pending ones, and some stated again."""
    if not punches:
        return []
    taken: set[int] = set()
    added: list[Event] = []  # what later corrections may correct
    events: list[Event] = []
    for number in range(random.randrange(1, 5)):
        target = random.choice(punches)
        if added and chance(random, 0.3):
            target = random.choice(added)
        at = int(datetime.fromisoformat(target["ts"]).timestamp())
        event: Event = {"t": "manual", "op": random.choice(("add", "add", "edit", "void")), "id": f"m{number}"}
        if event["op"] != "void":
            moved = at + random.choice((-600, -60, 1, 30, 59, 60, 300, 3600, 28_800, 34_000))
            if moved in taken:
                continue
            taken.add(moved)
            event["ts"] = datetime.fromtimestamp(moved, datetime.fromisoformat(target["ts"]).tzinfo).isoformat()
        if event["op"] == "add":
            event["state"] = random.choice((0, 1, 1, 255))
            event["audit_status"] = random.choice((1, 2, 2, 2, 3))
            event.update({key: target[key] for key in ("site", "wc") if key in target})
        else:
            event["target"] = target["id"]
            if event["op"] == "edit" and chance(random, 0.3):
                event["state"] = random.choice((0, 1, 255))
            if chance(random, 0.5):
                event["audit_status"] = random.choice((1, 2, 2))
        events.append(event)
        if chance(random, 0.2):  # decided later, or decided otherwise
            events.append({**event, "audit_status": random.choice((1, 2))})
        elif event["op"] == "add":
            added.append(event)
    return events


def _leave(random: Random, days: Sequence[date]) -> list[Event]:
    chosen = random.sample(list(days), random.randrange(1, 3))
    return [
        {"t": "leave", "id": f"l{number}", "date": day.isoformat(), "minutes": random.choice((60, 240, 480, 540))}
        for number, day in enumerate(chosen)
    ]
