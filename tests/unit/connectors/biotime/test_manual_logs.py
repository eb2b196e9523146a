"""Manual logs as corrections: versions, decisions, whose they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.biotime.corrections import instant_ms, status_of
from connectors.biotime.manual_logs import ManualLogsJob
from connectors.biotime.people import PeopleJob
from connectors.errors import AuthFailed, LicenceMissing, MobileLoginRefused, NotSupported, RouteMissing, ServerFault
from connectors.source import Json
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.identity import event_id
from schemas.polled import PolledTable
from tests.unit.connectors.biotime.readers_rig import Rig, employee, settle
from tests.unit.connectors.biotime.rig import Crash
from wire.biotime.manual_logs import parse_manual_log

DUBAI = ZoneInfo("Asia/Dubai")


def manual_log(number: int, status: int = 1, **fields: Any) -> Json:
    return {
        "id": number,
        "audit_status": status,
        "revoke_reason": None,
        "punch_time": "2026-03-01 16:41:28",
        "punch_state": 1,
        "work_code": "",
        "apply_reason": "forgot",
        "apply_time": "2026-03-01 16:41:28",
        "audit_reason": None,
        "audit_time": None if status == 1 else "2026-03-01 17:00:00",
        "approver": None if status == 1 else "boss@example.com",
        "employee": 4,
        **fields,
    }


async def begun(*logs: Json, **given_settings: Any) -> tuple[Rig, ManualLogsJob]:
    rig = Rig(readers=("people", "manual_logs"), **given_settings)
    rig.lists.rows["employees"] = [employee(4, "0044")]
    await settle(PeopleJob(rig.reader))
    rig.lists.rows["manual_logs"] = list(logs)
    job = ManualLogsJob(rig.reader)
    await settle(job)
    return rig, job


async def test_f21_pending_then_approved_is_one_key_with_two_versions() -> None:
    rig, job = await begun(manual_log(2737), employee_prefix="x-", site="hq")
    rig.lists.rows["manual_logs"] = [manual_log(2737, 2)]
    assert await settle(job) == 1
    assert await settle(job) == 0
    first, second = rig.corrections()
    assert first == Correction(
        correction_id=event_id("demo", "biotime:b1", "manual", "2737"), version=1, tenant="demo", employee="x-0044",
        operation=CorrectionOperation.ADD, status=CorrectionStatus.PENDING, local_text="2026-03-01T16:41:28",
        zone="Asia/Dubai", punch_at=int(datetime(2026, 3, 1, 12, 41, 28, tzinfo=UTC).timestamp() * 1000), state=1,
        site="hq", reason="forgot", requested_by="x-0044",
        requested_at=int(datetime(2026, 3, 1, 12, 41, 28, tzinfo=UTC).timestamp() * 1000), source="connector",
        source_ref="biotime:b1:1:manual:2737", extra={"audit_status": "1"},
    )  # fmt: skip
    assert (second.correction_id, second.version) == (first.correction_id, 2)
    assert (second.status, second.decided_by) == (CorrectionStatus.APPROVED, "boss@example.com")
    assert second.decided_at == int(datetime(2026, 3, 1, 13, tzinfo=UTC).timestamp() * 1000)
    assert [row["audit_status"] for row in rig.out.of(PolledTable.BIOTIME_MANUAL_LOGS)] == [1, 2]


async def test_b4_an_approval_that_is_taken_back() -> None:
    rig, job = await begun(manual_log(1, 2), manual_log(2, 1), manual_log(3, 1))
    rig.lists.rows["manual_logs"] = [manual_log(1, 4, revoke_reason="wrong"), manual_log(2, 3), manual_log(3, 2)]
    await settle(job)
    rig.lists.rows["manual_logs"][2] = manual_log(3, 3)
    await settle(job)
    last = {each.source_ref[-1]: (each.version, each.status.value) for each in rig.corrections()}
    assert last == {"1": (2, "revoked"), "2": (2, "rejected"), "3": (3, "revoked")}


@pytest.mark.parametrize(
    ("status", "before", "expected"),
    [
        (1, None, "pending"),
        (2, None, "approved"),
        (3, None, "rejected"),
        (3, CorrectionStatus.APPROVED, "revoked"),
        (1, CorrectionStatus.APPROVED, "revoked"),
        (1, CorrectionStatus.REJECTED, "pending"),
        (2, CorrectionStatus.REVOKED, "approved"),
        (3, CorrectionStatus.REVOKED, "revoked"),
    ],
)
def test_how_it_stands(status: int, before: CorrectionStatus | None, expected: str) -> None:
    assert status_of(parse_manual_log(manual_log(1, status)), before).value == expected


def test_a_code_of_no_document_that_nobody_decided_is_pending() -> None:
    row = parse_manual_log(manual_log(1, 7, audit_time=None))
    assert status_of(row, None) is CorrectionStatus.PENDING


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([1, 2, 3, 4, 9]), min_size=1, max_size=8))
def test_only_an_approval_ever_counts(codes: list[int]) -> None:
    before: CorrectionStatus | None = None
    for code in codes:
        revoked = {"revoke_reason": "no"} if code == 4 else {}
        before = status_of(parse_manual_log(manual_log(1, code, **revoked)), before)
        assert (before is CorrectionStatus.APPROVED) == (code == 2)


async def test_a_crash_uses_a_version_up_but_never_tells_one_twice_with_two_meanings() -> None:
    rig, _ = await begun(manual_log(1))
    rig.lists.rows["manual_logs"] = [manual_log(1, 2)]
    rig.state.crash_at = 1  # the version is kept, the correction told, and then
    with pytest.raises(Crash):
        await settle(ManualLogsJob(rig.reader))
    rig.lists.rows["manual_logs"] = [manual_log(1, 4, revoke_reason="wrong")]
    await settle(ManualLogsJob(rig.reader))
    assert [(each.version, each.status.value) for each in rig.corrections()] == [
        (1, "pending"), (2, "approved"), (3, "revoked"),
    ]  # fmt: skip


async def test_an_employee_who_was_not_read_is_asked_for() -> None:
    rig, job = await begun(manual_log(1, employee="9"), manual_log(2, employee={"id": 8, "emp_code": "88"}))
    assert [each.employee for each in rig.corrections()] == ["88"]
    assert len(rig.out.of(PolledTable.BIOTIME_MANUAL_LOGS)) == 2
    assert await settle(job) == 0
    rig.lists.people["9"] = {"emp_code": "99"}
    assert await settle(job) == 1
    assert rig.corrections()[-1].employee == "99"
    asked = len(rig.lists.asked)
    await settle(job)
    assert "employee" not in [name for name, _ in rig.lists.asked[asked:]]  # remembered


async def test_many_unknown_employees_are_asked_for_bit_by_bit() -> None:
    rig = Rig()
    rig.lists.page_size = 50
    rig.lists.rows["manual_logs"] = [manual_log(n, employee=n) for n in range(1, 51)]
    rig.lists.people = {str(n): {"emp_code": f"c{n}"} for n in range(1, 51)}
    job = ManualLogsJob(rig.reader)
    assert [await settle(job) for _ in range(4)] == [20, 20, 10, 0]
    assert len(rig.corrections()) == 50


async def test_a_row_that_cannot_be_read_goes_out_once() -> None:
    rig, job = await begun({"id": 3, "audit_status": 1, "punch_time": 1693568322, "employee": 4})
    assert len(rig.out.raw) == 2
    assert await settle(job) == 0
    assert rig.corrections() == []


class TestTrouble:
    async def test_a_rejected_mobile_user_does_not_stop_the_feed(self) -> None:
        rig, job = await begun()
        rig.lists.plan["manual_logs"] = [AuthFailed("no", retry_after_seconds=60)]
        with pytest.raises(MobileLoginRefused) as caught:
            await settle(job)
        assert caught.value.retry_after_seconds is None

    async def test_a_build_without_the_mobile_api(self) -> None:
        rig, job = await begun()
        rig.lists.plan["manual_logs"] = [RouteMissing("404")] * 2
        rig.lists.plan["transactions"] = [ServerFault("503")]
        with pytest.raises(ServerFault, match="503"):  # it is starting, perhaps
            await settle(job)
        with pytest.raises(NotSupported):
            await settle(job)

    async def test_no_right(self) -> None:
        rig, job = await begun()
        rig.lists.plan["manual_logs"] = [LicenceMissing("403")]
        with pytest.raises(LicenceMissing):
            await settle(job)

    @pytest.mark.parametrize("reader", ["manual_logs", "mobile"])
    def test_the_settings_want_a_mobile_user(self, reader: str) -> None:
        with pytest.raises(ValueError, match=f"{reader} of readers need mobile_username"):
            Rig(readers=(reader,), mobile_username="")


def test_an_hour_that_is_there_twice_or_never_is_read_by_the_offset_of_before() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert instant_ms("2026-10-25T02:30:00", berlin) == 1_792_888_200_000  # the first time, at +02:00
    assert instant_ms("2026-03-29T02:30:00", berlin) == 1_774_747_800_000  # by the offset of before
    assert instant_ms("2026-03-29T03:30:00", berlin) == 1_774_747_800_000
    assert instant_ms(None, DUBAI) is None
