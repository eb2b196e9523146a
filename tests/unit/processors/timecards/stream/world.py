"""One partition as Kafka has it: a log, a state, an archive, what was written; and a model that may be lost.

Everybody is employed at site `home` (UTC) unless told otherwise. Offsets are places in the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.inputs import is_barrier
from processors.timecards.stream.partition import TimecardPartition
from schemas.approvals import Approval, Decision
from schemas.codec import decode_event
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.employees import Employee, Employment
from schemas.identity import punch_id
from schemas.payperiods import PayPeriod, PeriodReport, PeriodStatus
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord, ScheduledShift, SchedulePeriod, ScheduleRecord
from schemas.timecards import LOCKED_KEYS, CardAdjustment, DailyCard, WeekCard
from schemas.timecards_input import (
    AssignedPunch,
    PlannedShift,
    RegistryChange,
    Roster,
    TimecardInput,
    TimecardInputKind,
    timecards_key,
)

MONDAY: Final = date(2026, 6, 1)
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
PARTITION: Final = 3

Written = tuple[str, bytes, bytes]  # topic, key, value


def at(text: str, day: date = MONDAY) -> int:
    """`HH:MM` or `+1 HH:MM`, UTC, epoch ms."""
    words = text.split()
    days = int(words.pop(0)) if len(words) > 1 else 0
    moment = datetime.fromisoformat(f"{day + timedelta(days)}T{words[0]}:00").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def pid(at_ms: int, who: str = "e1", device: str = "A1") -> str:
    return punch_id("demo", device, who, datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S"))


def assign(at_ms: int, state: int | None = 0, who: str = "e1", **more: Any) -> TimecardInput:
    """identity_version, rank, site, device, received_at may be given; the PIN is the first one's."""
    device, version = more.pop("device", "A1"), more.pop("identity_version", 1)
    punch = AssignedPunch(
        **{
            "rank": 1, "device": device, "pin": "1", "site": "home", "punch_at": at_ms, "utc_offset_s": 0,
            "zone": "UTC", "time_flags": [], "state": state, "verify": 1, "unverified": False, "work_code": "",
            "job_codes": [], "tip_codes": [], "source": "push", "received_at": at_ms + 1000, **more,
        }
    )  # fmt: skip
    return TimecardInput(
        kind=TimecardInputKind.ASSIGN, tenant="demo", employee=who, punch_id=pid(at_ms, device=device),
        identity_version=version, rank=punch.rank, punch=punch,
    )  # fmt: skip


def retract(at_ms: int, who: str = "e1", version: int = 2, device: str = "A1", rank: int = 1) -> TimecardInput:
    return TimecardInput(
        kind=TimecardInputKind.RETRACT, tenant="demo", employee=who, punch_id=pid(at_ms, device=device),
        identity_version=version, rank=rank,
    )  # fmt: skip


def shift(day: date, start: str = "08:00", end: str = "16:00", who: str = "e1", **more: Any) -> list[TimecardInput]:
    return [assign(at(start, day), 0, who, **more), assign(at(end, day), 1, who, **more)]


def watermark(at_ms: int | None, site: str = "home", number: int = 0, **more: Any) -> TimecardInput:
    return TimecardInput(
        **{
            "kind": TimecardInputKind.WATERMARK, "site": site, "resolver_partition": number,
            "resolver_partitions": [number], "registry_version": 1, "watermark": at_ms, **more,
        }
    )  # fmt: skip


def correction(operation: str, key: str = "c", version: int = 1, who: str = "e1", **more: Any) -> TimecardInput:
    """Approved. key: one hex digit."""
    made = Correction(
        **{
            "correction_id": key * 32, "version": version, "tenant": "demo", "employee": who, "zone": "UTC",
            "operation": CorrectionOperation(operation), "status": CorrectionStatus.APPROVED, "source": "operator",
            "decided_by": "boss", "decided_at": at("12:00"), **more,
        }
    )  # fmt: skip
    return TimecardInput(kind=TimecardInputKind.CORRECTION, tenant="demo", employee=who, correction=made)


def employed(who: str = "e1", rank: int = 1, **more: Any) -> TimecardInput:
    """Employment fields may be given: site, policy_group, pay_group, schedule, valid_from."""
    terms = Employment(**{"site": "home", "pay_group": "office", **more})
    record = Employee(tenant="demo", employee=who, rank=rank, employment=[terms], source="operator")
    return TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant="demo", employee=who, record=record)


def roster(version: int = 1, who: str = "e1", **dates: list[tuple[str, str]] | None) -> TimecardInput:
    """Dates as `d2026_06_01`."""
    shifts = {
        name[1:].replace("_", "-"): None if plan is None else [PlannedShift(start=a, end=b) for a, b in plan]
        for name, plan in dates.items()
    }
    told = Roster(version=version, dates=shifts, changed_by="boss")
    return TimecardInput(kind=TimecardInputKind.ROSTER, tenant="demo", employee=who, roster=told)


def approval(card: DailyCard, decided_at: int = 1, decision: Decision = Decision.APPROVED) -> TimecardInput:
    told = Approval(
        approval_id="a" * 32, tenant="demo", employee=card.employee, work_date=card.work_date, version=card.version,
        content_hash=card.content_hash, decision=decision, decided_by="boss", decided_at=decided_at,
    )  # fmt: skip
    return TimecardInput(kind=TimecardInputKind.APPROVAL, tenant="demo", employee=card.employee, approval=told)


def period(status: str, version: int, first: date = MONDAY, days: int = 14, **more: Any) -> TimecardInput:
    told = PayPeriod(
        **{
            "tenant": "demo", "pay_group": "office", "first": first.isoformat(), "version": version,
            "last": (first + timedelta(days - 1)).isoformat(), "status": PeriodStatus(status), "changed_by": "payroll",
            "changed_at": 1, **more,
        }
    )  # fmt: skip
    return TimecardInput(kind=TimecardInputKind.PERIOD, period=told)


@dataclass
class World:
    """`registry_records` by key; change them with `change_registry`."""

    records: dict[str, Record] = field(default_factory=dict)
    version: int = 1
    hot_days: int = 45
    log: list[TimecardInput] = field(default_factory=list)
    state: dict[bytes, bytes] = field(default_factory=dict)
    archive: dict[bytes, bytes] = field(default_factory=dict)
    outputs: list[Written] = field(default_factory=list)
    committed: int = 0
    model: TimecardPartition | None = None
    failures: list[Exception] = field(default_factory=list)
    successes: int = 0
    scans: int = 0
    loads: int = 0
    may_fail: bool = False

    def __post_init__(self) -> None:
        self.records.setdefault("site+home", SiteRecord("home", (SitePeriod(None, None, zone="UTC"),)))
        self._snapshot: CardRegistry | None = None

    def registry(self) -> CardRegistry:
        if self._snapshot is None or self._snapshot.version != self.version:
            pairs = [(record, 1) for record in self.records.values()]
            self._snapshot = CardRegistry.of(pairs, self.version)
        return self._snapshot

    def policy(self, **settings: Any) -> TimecardInput:
        periods = (PolicyPeriod(settings=settings),)
        return self.change_registry(PolicyRecord("p", periods))

    def schedule(self, *shifts: tuple[str, str] | None, valid_from: date | None = None) -> TimecardInput:
        days = tuple(() if one is None else (ScheduledShift(*one),) for one in shifts)
        return self.change_registry(ScheduleRecord("s", (SchedulePeriod(valid_from, anchor=MONDAY, days=days),)))

    def device(self, serial: str, **more: Any) -> TimecardInput:
        return self.change_registry(DeviceRecord(serial, (DevicePeriod(None, None, **more),)))

    def change_registry(self, record: Record) -> TimecardInput:
        """The input that tells of it."""
        self.records[f"{record.kind}+{record.id}"] = record
        self.version += 1
        change = RegistryChange(kind=record.kind, id=record.id, version=self.version)
        return TimecardInput(kind=TimecardInputKind.REGISTRY, registry=change)

    def tell(
        self, *events: TimecardInput | Sequence[TimecardInput], batch: int = 100
    ) -> list[tuple[str, bytes, bytes]]:
        """These and whatever waits, and all that is left to do; what was written."""
        for event in events:
            self.log += [event] if isinstance(event, TimecardInput) else event
        before = len(self.outputs)
        while self.committed < len(self.log) or self._model().busy:
            self.step(batch)
        return self.outputs[before:]

    def step(self, count: int, crash: str = "") -> None:
        """One transaction, as the worker makes them: of what is left to do, or of a run of inputs. crash: `before` or
        `after` it is written; the offsets are lost with the model."""
        model = self._model()
        events = [] if model.busy else self._run(count)
        wanted = model.wanted([event for _, event in events])
        if wanted:
            self.scans += 1
            model.restore({key: self.archive[key] for key in wanted})
        for offset, event in events:
            model.apply(event, offset)
        changes = model.changes()
        if crash == "before":
            self.model = None
            return
        for key, value in changes.values.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        for topic, key, value in changes.also:
            assert value is not None
            self.outputs.append((topic, key, value))
            if topic == "timecards.archive":
                self.archive[key] = value
        if crash:
            self.model = None
            return
        self.committed += len(events)

    def lose(self) -> None:
        self.model = None

    @property
    def is_busy(self) -> bool:
        return self._model().busy

    @property
    def due_count(self) -> int:
        return self._model().due_count

    def replay(self) -> list[Written]:
        self.committed = 0
        self.lose()
        return self.tell(batch=7)

    def _run(self, count: int) -> list[tuple[int, TimecardInput]]:
        batch = list(enumerate(self.log[self.committed : self.committed + count], self.committed))
        barriers = [number for number, (_, event) in enumerate(batch) if is_barrier(event)]
        return batch[: max(1, barriers[0])] if barriers else batch

    def _model(self) -> TimecardPartition:
        if self.model is None:
            self.loads += 1
            self.model = TimecardPartition(
                self.state, partition=PARTITION, partitions=4, registry=self.registry, on_failure=self._failed,
                on_success=self._succeeded, hot_days=self.hot_days,
            )  # fmt: skip
        return self.model

    def _failed(self, failure: Exception) -> None:
        self.failures.append(failure)
        if not self.may_fail:
            raise failure

    def _succeeded(self) -> None:
        self.successes += 1

    # what a reader has
    def cards(self, who: str = "") -> dict[tuple[str, str], DailyCard]:
        """The last record of each key."""
        found = {}
        for topic, _, value in self.outputs:
            if topic == "timecards.daily":
                card = decode_event(DailyCard, value)
                if who in ("", card.employee):
                    found[card.employee, card.work_date] = card
        return found

    def card(self, day: date = MONDAY, who: str = "e1") -> DailyCard:
        return self.cards(who)[who, day.isoformat()]

    def weeks(self) -> dict[tuple[str, str], WeekCard]:
        made = [decode_event(WeekCard, value) for topic, _, value in self.outputs if topic == "timecards.week"]
        return {(one.employee, one.week_start): one for one in made}

    def adjustments(self) -> list[CardAdjustment]:
        return [
            decode_event(CardAdjustment, value) for topic, _, value in self.outputs if topic.endswith("adjustments")
        ]

    def reports(self) -> list[PeriodReport]:
        return [decode_event(PeriodReport, value) for topic, _, value in self.outputs if topic.endswith("reports")]

    def history(self) -> list[DailyCard]:
        return [decode_event(DailyCard, value) for topic, _, value in self.outputs if topic == "timecards.history"]

    def hashes(self) -> dict[tuple[str, str], str]:
        """Contents, without cards that are void: whether one ever was there depends on the order."""
        return {key: card.content_hash for key, card in self.cards().items() if card.status != "VOID"}

    def net(self, who: str, day: str, lock: int | None = None) -> dict[str, int]:
        """Locked minutes and all adjustments, of one lock (the version of its LOCKED record) or of all."""
        card = self.cards().get((who, day))
        total = {key: getattr(card, key) if card is not None and card.is_final else 0 for key in LOCKED_KEYS}
        for one in self.adjustments():
            if (one.employee, one.work_date) == (who, day) and lock in (None, one.period_version):
                for key, delta in one.minutes.items():
                    total[key] += delta
        return total


def check(world: World) -> None:
    """What holds of everything that was ever written."""
    versions: dict[tuple[str, str], list[DailyCard]] = defaultdict(list)
    for card in world.history():
        versions[card.employee, card.work_date].append(card)
    for place, cards in versions.items():
        assert [card.version for card in cards] == list(range(1, len(cards) + 1)), place
    revisions: dict[bytes, int] = {}
    contents: dict[tuple[bytes, int], str] = {}
    for topic, key, value in world.outputs:
        if topic != "timecards.daily":
            continue
        one = orjson.loads(value)
        assert one["revision"] == revisions.get(key, 0) + 1
        revisions[key] = one["revision"]
        assert contents.setdefault((key, one["version"]), one["content_hash"]) == one["content_hash"]
        assert one["worked"] == sum(one[bucket] for bucket in LOCKED_KEYS[1:])
        assert one["status"] == "VOID" or one["worked"] == one["gross"] + one["paid_break"] - one["meal_auto"]
        assert one["status"] == "VOID" or one["content"]
    cards_now = world.cards()
    for (who, first), week in world.weeks().items():
        days = {card.work_date: card for card in cards_now.values() if (card.employee, card.week_start) == (who, first)}
        assert week.days == {day: card.version for day, card in days.items()}
        assert week.statuses == {day: card.status for day, card in days.items()}
        assert week.worked == sum(card.worked for card in days.values())
        assert week.absent == sum(card.absent for card in days.values())
    assert {(card.employee, card.week_start) for card in cards_now.values()} == set(world.weeks())
    assert not world.failures


def owner(who: str = "e1") -> bytes:
    return timecards_key("demo", who)
