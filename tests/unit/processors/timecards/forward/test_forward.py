"""What forwarders tell, put aside and leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest

from processors.partition_model import Later
from processors.put_aside import PutAside
from processors.timecards.forward.convert import (
    forward_approval,
    forward_correction,
    forward_employee,
    forward_period,
    forward_registry,
)
from processors.timecards.forward.workers import Forwarder, RegistryForwarder
from runtime.errors import DeliveryFailed
from runtime.producer import Producer
from schemas.approvals import Approval, Decision
from schemas.codec import decode_event, encode_event
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.deadletters import Reason
from schemas.employees import Employee
from schemas.payperiods import PayPeriod, PeriodStatus
from schemas.registry import (
    AreaRecord,
    DevicePeriod,
    DeviceRecord,
    Record,
    SitePeriod,
    SiteRecord,
    encode_record,
    record_key,
)
from schemas.registry_timecards import PolicyPeriod, PolicyRecord
from schemas.timecards_input import RegistryChange, TimecardInput, TimecardInputKind

CORRECTION = Correction(
    correction_id="c" * 32, version=1, tenant="demo", employee="ann", operation=CorrectionOperation.ADD,
    status=CorrectionStatus.APPROVED, source="operator",
)  # fmt: skip
APPROVAL = Approval(
    approval_id="a" * 32, tenant="demo", employee="ann", work_date="2026-03-02", version=2, content_hash="b" * 32,
    decision=Decision.APPROVED, decided_by="boss", decided_at=7,
)  # fmt: skip
ANN = Employee(tenant="demo", employee="ann", rank=1, source="operator")
PERIOD = PayPeriod(
    tenant="demo", pay_group="weekly", first="2026-03-02", last="2026-03-08", version=1, status=PeriodStatus.CLOSING,
    changed_at=7,
)  # fmt: skip


class Read(NamedTuple):
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


def read(key: bytes, event: object, offset: int = 0) -> Read:
    return Read(0, offset, key, None if event is None else encode_event(event))


def told(later: Later) -> TimecardInput:
    return decode_event(TimecardInput, later.value)


def test_what_is_of_one_employee_goes_where_their_punches_are() -> None:
    key = b"demo+ann"
    for later in (
        forward_correction(read(b"c" * 32, CORRECTION)),
        forward_approval(read(b"a" * 32, APPROVAL)),
        forward_employee(read(key, ANN)),
        forward_employee(read(key, None)),
    ):
        assert (later.key, later.partition_by) == (key, key)
        assert (told(later).tenant, told(later).employee) == ("demo", "ann")
    assert told(forward_correction(read(b"c" * 32, CORRECTION))).correction == CORRECTION
    assert told(forward_approval(read(b"a" * 32, APPROVAL))).approval == APPROVAL
    assert told(forward_employee(read(key, ANN))).record == ANN
    gone = told(forward_employee(read(key, None)))
    assert (gone.kind, gone.record) == (TimecardInputKind.EMPLOYEE, None)


def test_a_period_goes_everywhere() -> None:
    later = forward_period(read(b"demo+weekly+2026-03-02", PERIOD))
    assert later.partition_by is None
    assert told(later).period == PERIOD


def registry(record: Record, offset: int = 0) -> Read:
    return Read(0, offset, record_key(record), encode_record(record))


def test_the_registry_goes_everywhere_and_names_its_version() -> None:
    change = forward_registry(registry(PolicyRecord("p", (PolicyPeriod(),)), 41))
    assert change is not None
    assert change.told.partition_by is None
    assert told(change.told).registry == RegistryChange(kind="policy", id="p", version=42)
    gone = forward_registry(Read(0, 7, b"device+D1", None))
    assert gone is not None
    assert told(gone.told).registry == RegistryChange(kind="device", id="D1", version=8)
    assert forward_registry(registry(AreaRecord("x", ()))) is None


@pytest.mark.parametrize(
    ("forward", "record"),
    [
        (forward_correction, Read(0, 0, b"c" * 32, b"rubbish")),
        (forward_correction, read(b"other", CORRECTION)),
        (forward_correction, read(b"c" * 32, None)),
        (forward_approval, read(b"other", APPROVAL)),
        (forward_employee, read(b"demo+bob", ANN)),
        (forward_employee, read(b"demo", None)),
        (forward_employee, Read(0, 0, b"\xff", None)),
        (forward_period, read(b"demo+weekly+2026-03-09", PERIOD)),
        (forward_registry, Read(0, 0, b"site+x", b"{}")),
        (forward_registry, Read(0, 0, b"site+y", encode_record(SiteRecord("x", ())))),
        (forward_registry, Read(0, 0, b"site", None)),
    ],
)
def test_what_is_no_such_record_is_refused(forward: Any, record: Read) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        forward(record)


class Kafka:
    """Stands in for Producer; `failures` are raised by the next waits, in turn."""

    def __init__(self) -> None:
        self.told: list[tuple[int, TimecardInput]] = []
        self.failures: list[Exception] = []

    def append(self, topic: str, key: bytes, value: bytes, *, partition_by: bytes) -> Kafka:
        assert topic == "timecards.input"
        self.told.append((self.partition(topic, partition_by), decode_event(TimecardInput, value)))
        return self

    async def acked(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def partition(self, topic: str, partition_by: bytes) -> int:
        return partition_by[-1] % 3

    def partition_count(self, topic: str) -> int:
        return 3

    def take(self) -> list[tuple[int, str]]:
        """Partition and what is named, in order; forgotten then."""
        told, self.told = self.told, []
        return [(number, event.registry.id if event.registry else event.employee) for number, event in told]


class Aside:
    def __init__(self) -> None:
        self.offsets: list[int] = []

    async def put(self, batches: set[Any], record: Read, reason: Reason, error: str) -> None:
        assert reason is Reason.NOT_AN_EVENT
        self.offsets.append(record.offset)


async def forwarded(worker: Forwarder | RegistryForwarder, *records: Read) -> None:
    await worker.handle(0, cast("Sequence[Any]", records))


async def test_bad_records_are_put_aside_and_the_others_told() -> None:
    kafka, aside = Kafka(), Aside()
    worker = Forwarder(cast("Producer", kafka), cast("PutAside", aside), "employees", forward_employee)
    await forwarded(worker, read(b"demo+ann", ANN), Read(0, 1, b"demo+bob", b"rubbish"))
    assert kafka.take() == [(b"n"[0] % 3, "ann")]
    assert aside.offsets == [1]
    assert not worker.busy(0)


async def test_only_what_cards_depend_on_is_told_again() -> None:
    kafka = Kafka()
    worker = RegistryForwarder(cast("Producer", kafka), cast("PutAside", Aside()))
    period = DevicePeriod(site="pune", zone="Asia/Kolkata")
    site = SiteRecord("pune", (SitePeriod(zone="Asia/Kolkata"),))
    everywhere = [0, 1, 2]
    await forwarded(worker, registry(DeviceRecord("D1", (period,))), registry(site))
    assert kafka.take() == [*((number, "D1") for number in everywhere), *((number, "pune") for number in everywhere)]
    await forwarded(
        worker,
        registry(DeviceRecord("D1", (replace(period, tags=("north",), key_digests=("k",)),)), 2),
        registry(replace(site, periods=(replace(site.periods[0], ack_profile="plain"),)), 3),
    )
    assert kafka.take() == []
    moved = registry(DeviceRecord("D1", (replace(period, site="goa"),)), 4)
    kafka.failures = [DeliveryFailed("seeded")]
    with pytest.raises(DeliveryFailed):
        await forwarded(worker, moved)
    kafka.take()
    await forwarded(worker, moved)
    assert kafka.take() == [(number, "D1") for number in everywhere]
    await forwarded(worker, Read(0, 5, b"device+D1", None), Read(0, 6, b"device+D1", None))
    assert [event.registry.version for _, event in kafka.told if event.registry] == [7, 7, 7]


async def test_mapped_states_and_forced_directions_are_told() -> None:
    kafka = Kafka()
    worker = RegistryForwarder(cast("Producer", kafka), cast("PutAside", Aside()))
    periods = (DevicePeriod(), DevicePeriod(state_map={"0": 1}), DevicePeriod(direction="IN"), DevicePeriod(tenant="x"))
    for offset, period in enumerate(periods):
        await forwarded(worker, registry(DeviceRecord("D1", (period,)), offset))
        assert len(kafka.take()) == 3
