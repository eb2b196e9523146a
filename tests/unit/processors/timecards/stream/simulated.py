"""State of people as a partition of timecards.state has it, made by hand: what is simulated is read from there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.employee_facts import EmployeeFacts, EmploymentFacts
from processors.timecards.stream.event_time import EventTime
from processors.timecards.stream.header import FirstPlace, Header
from processors.timecards.stream.kept import DayLock, KeptPunch, Place
from processors.timecards.stream.kept_codec import encode_bucket, encode_header
from processors.timecards.stream.state_keys import bucket_key, bucket_of_date, bucket_of_ms, header_key
from schemas.timecards_input import TimecardInput, TimecardInputKind

ZONE = "Europe/Berlin"
DAY = date(2026, 2, 4)  # a Wednesday
MAX_WAIT_MS = 72 * 3_600_000


def instant(day: date, time: str) -> int:
    return round(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


def state_of(
    employee: str,
    shifts: Mapping[date, tuple[str, ...]],
    *,
    locks: Mapping[date, DayLock] | None = None,
    pay_group: str = "",
    tenant: str = "acme",
) -> dict[bytes, bytes]:
    """In and out of each date, at site `berlin`."""
    owner = header_key(tenant, employee)
    place = Place("D1", "7", "berlin", ZONE, 3600, "push")
    buckets: dict[int, Bucket] = {}
    punches = []
    for day, times in shifts.items():
        for state, time in enumerate(times):
            at = instant(day, time)
            punch_id = f"{employee}{day}{state}".encode().hex()[-32:].rjust(32, "0")
            bucket = buckets.setdefault(bucket_of_ms(at), Bucket(bucket_of_ms(at)))
            bucket.punches[punch_id] = KeptPunch(1, 1, place, at, at + 1000, state)
            punches.append((at, punch_id))
    for day, lock in (locks or {}).items():
        buckets.setdefault(bucket_of_date(day), Bucket(bucket_of_date(day))).locks[day] = lock
    at, punch_id = min(punches)
    facts = EmployeeFacts(1, "berlin", employment=(EmploymentFacts("", "", "berlin", "", pay_group, "", "", ""),))
    header = Header(employee=facts, hot=set(buckets), first_place=FirstPlace(at, punch_id, "berlin", ZONE))
    values = {bucket_key(owner, number): encode_bucket(bucket) for number, bucket in buckets.items()}
    return {owner: encode_header(header), **values}


def event_time(at: int) -> dict[bytes, bytes]:
    """Everything of site berlin is known up to then."""
    times = EventTime({}, max_wait_ms=MAX_WAIT_MS)
    times.take(
        TimecardInput(
            kind=TimecardInputKind.WATERMARK,
            tenant="",
            site="berlin",
            watermark=at,
            registry_version=1,
            resolver_partition=0,
            resolver_partitions=[0],
        )
    )
    return times.changes()


def lock(**minutes: int) -> DayLock:
    """Of the month of DAY."""
    names = ("worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd")
    served = tuple(minutes.get(name, 0) for name in names)
    return DayLock("office", date(2026, 2, 1), date(2026, 2, 28), 2, "", 0, 1, served, (0,) * len(names))
