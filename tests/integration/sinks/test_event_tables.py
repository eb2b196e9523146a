"""Every event type in its table and view: what is written to Kafka is what an analyst reads."""

from dataclasses import asdict, fields
from typing import Any

import orjson
import pytest

from runtime.settings import Settings
from schemas.approvals import Approval, Decision
from schemas.audit import AuditEvent
from schemas.codec import encode_event
from schemas.commands import CommandEvent, CommandOutcome, CommandStep
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.device_events import AccessEvent, AccessKind, Operation, OperationKind, Person, Photo, PhotoKind
from schemas.devices import DeviceState, DeviceStatus
from schemas.employees import Employee, Employment, Identity
from schemas.events import TimeFlag
from schemas.payperiods import Manifest, PayPeriod, PeriodStatus, Waiver
from schemas.polled import SourceStatus
from schemas.timecards import CardAdjustment, CardStatus, DailyCard, WeekCard
from schemas.vendor_timecards import VendorTimecard
from sinks.tables import BY_TOPIC
from tests.integration.helpers import producer
from tests.integration.sinks.support import punch, rows, running, until_stored

AT = 1_790_000_000_123
ORIGIN: dict[str, Any] = {
    "v": 1, "event_id": "a" * 32, "rank": (1 << 64) - 1, "tenant": "t", "device": "SN1", "site": "s",
    "received_at": AT, "raw_topic": "raw.operations", "raw_partition": 1, "raw_offset": 2, "raw_line": 3,
    "request_id": "r", "parser_version": 1, "registry_version": 4, "extra": {"key": "ä\t\"'\\"},
}  # fmt: skip
TIMED: dict[str, Any] = {
    **ORIGIN, "local_time": AT - 123, "local_text": "2026-09-21 13:33:20", "happened_at": AT, "utc_offset_s": -18_000,
    "zone": "America/New_York", "clock": "zone", "time_flags": [TimeFlag.AMBIGUOUS_LOCAL_TIME],
}  # fmt: skip
CARD = DailyCard(
    card_id="5f2b7f5c-6f0a-5b51-9a41-2a6a3c1f5d10", tenant="t", employee="007", work_date="2026-03-01", weekday=6,
    week_start="2026-02-23", version=3, revision=5, supersedes=2, status=CardStatus.LOCKED, is_final=True,
    approved_by="ann", cause="NEW_PUNCH", caused_by=["a" * 32], content_hash="b" * 32, policy_version="us@7",
    engine_version="1", derived_at=AT, watermark=AT, site="s", zone="Asia/Dubai", pay_group="g", first_in=AT,
    first_in_offset_s=14_400, span=540, gross=480, worked=480, reg=400, ot1=80, leave_codes={"sick": 5},
    overlays={"night": 7}, labor={"12": 480}, sites={"s": 480}, jobs={"1": {"77": 480}}, tips={"1": "12.50"},
    exceptions=["LATE"], blocking=[], first_seen={"LATE+a": 2}, content={"status": "COMPLETE", "lines": [[1, "ä"]]},
)  # fmt: skip
EVENTS: dict[str, Any] = {
    "timecards.daily": CARD,
    "timecards.history": CARD,
    "timecards.week": WeekCard(
        tenant="t", employee="007", week_start="2026-02-23", version=2, content_hash="b" * 32, derived_at=AT,
        days={"2026-03-01": 3}, statuses={"2026-03-01": "LOCKED"}, worked=480, reg=400, ot1=80,
    ),
    "timecards.adjustments": CardAdjustment(
        adjustment_id="c" * 32, tenant="t", employee="007", work_date="2026-03-01", week_start="2026-02-23",
        pay_group="g", period_first="2026-02-23", period_version=3, apply_first="2026-03-09", sequence=1,
        locked_version=3, new_version=4, minutes={"worked": -30, "reg": -30}, cause="CORRECTION", derived_at=AT,
    ),
    "payperiods": PayPeriod(
        tenant="t", pay_group="g", first="2026-02-23", last="2026-03-08", version=3, status=PeriodStatus.LOCKED,
        waivers=[Waiver(code="DEVICE", device="SN1", waived_by="ann", reason="burnt")],
        manifest=Manifest(cards=1, employees=1, minutes={"worked": 480}, content_hash="d" * 32), changed_at=AT,
    ),
    "approvals": Approval(
        approval_id="e" * 32, tenant="t", employee="007", work_date="2026-03-01", version=3, content_hash="b" * 32,
        decision=Decision.APPROVED, decided_by="ann", decided_at=AT,
    ),
    "operations": Operation(
        **TIMED, kind=OperationKind.ALARM, code="3", word="alarm", alert="tamper", administrator="0", pin="7",
        operands=["55", "", "x"],
    ),
    "people": Person(
        **ORIGIN, pin="007", item="user", deleted=False, name="Ann, Mary", privilege=14, privilege_word="administrator",
        group="1", time_zones="", verify_mode=-1, has_password=True, has_card=False, valid=None, duress=None,
        template_version="", template_format="", size=0, size_mismatch=False, stored="users/x",
    ),
    "photos": Photo(
        **TIMED, kind=PhotoKind.ATTENDANCE, pin="7", punch_id="b" * 32, real_time=True, sha256="c" * 64,
        size=2_000_000, size_mismatch=False, stored="photos/x",
    ),
    "access": AccessEvent(
        **TIMED, kind=AccessKind.EVENT, pin="7", has_card=True, code=3, word="opened", door="1", in_out=0, verify="15",
        verify_word="face", index="21", granted=None, punch_id="", sensor="", relay="", alarm="",
    ),
    "devices": DeviceState(
        device="SN1", rank=9, tenant="t", site="s", status=DeviceStatus.ONLINE, status_since=AT, updated_at=AT,
        first_seen=AT, last_seen=AT, fill_percent=12.5, stamps={"ATTLOG": "9999"}, skew_s=-3, via="biotime:b1",
        polled_by="biotime:b1", model="K40", mac="0C1105078B71", uptime_s=137, last_activity=AT, utc_offset_s=14_400,
        tz_conflict=True, watermark=AT, sample={"RelayA": "1"}, sampled_at=AT, source_status=SourceStatus.GAP,
        source_since=AT, source_why="rows were cleared", source_worker="w1", last_good_poll=AT, lag_s=1.5,
        source_rows=7, source_errors=2,
    ),
    "employees": Employee(
        tenant="t", employee="007", rank=3, first_name="Ann", last_name="O'Hara", department="biotime:b1/1",
        areas=["biotime:b1/1", "biotime:b1/2"], hire_date="2020-02-29", enable_overtime=False, source="connector",
        employment=[Employment(valid_from="2026-01-01", pay_group="g", payroll_number="0077")],
        source_ref="biotime:b1:employee:7", extra={"city": "Köln"},
    ),
    "identities": Identity(
        tenant="t", scope="area:biotime:b1/1", pin="7", valid_to=AT, employee="007", rank=3, privilege="14",
        source="connector",
    ),
    "corrections": Correction(
        correction_id="e" * 32, version=1, tenant="t", employee="007", operation=CorrectionOperation.ADD,
        status=CorrectionStatus.PENDING, local_text="2026-03-01T08:00:00", zone="Asia/Dubai", punch_at=AT, state=0,
        reason="forgot", source="connector", source_ref="biotime:b1:1:manual:2737", target_at=AT, minutes=30,
        work_date="2026-03-01", leave_code="sick", batch="b1",
    ),
    "timecards.vendor": VendorTimecard(
        event_id="f" * 32, rank=1, tenant="t", source="biotime:b1", report="totalTimeCardReport", employee="007",
        work_date="2026-03-01", check_in="08:00", minutes={"late": 5}, paycodes={"paycode_15": 480},
        values={"weekday": "Sunday"}, received_at=AT, raw_topic="raw.operations", raw_partition=1, raw_offset=2,
        raw_line=1, parser_version=3,
    ),
    "audit": AuditEvent(
        event_id="d" * 32, at=AT, tenant="t", who="anna", role="admin", via="cli", address="", action="device.approve",
        target="SN1", reason="new door", details={"site": "s"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("topic", EVENTS)
async def test_an_event_is_read_back_from_its_view_as_it_was_written(settings: Settings, topic: str) -> None:
    event = EVENTS[topic]
    await _write(settings, topic, [encode_event(event)])
    view = "audit" if topic == "audit" else f"{BY_TOPIC[topic].name}_v"
    names = [f"`{field.name}`" for field in fields(event)]
    async with running(settings):
        await until_stored(settings, 1, BY_TOPIC[topic].name)
    stored = await rows(
        settings,
        f"SELECT formatRow('JSONEachRow', {', '.join(names)}) FROM {view} "
        "SETTINGS output_format_json_quote_64bit_integers = 0",
    )
    read = orjson.loads(stored[0][0])
    assert {name: _as_written(read[name], value) for name, value in _plain(event).items()} == _plain(event)


async def test_a_user_who_was_removed_takes_along_what_was_there_before(settings: Settings) -> None:
    def row(pin: str, item: str, rank: int, deleted: bool = False) -> bytes:
        facts = {"event_id": f"{abs(hash((pin.lstrip('0'), item))):032x}"[:32], "pin": pin, "item": item, "rank": rank}
        return orjson.dumps({**asdict(EVENTS["people"]), **facts, "deleted": deleted})

    values = [
        row("007", "user", 5, deleted=True),
        row("7", "face/0", 4),  # before the user went
        row("7", "fingerprint/1", 6),  # enrolled anew since
        row("8", "fingerprint", 3, deleted=True),
        row("8", "fingerprint/2", 2),
        row("8", "user", 1),
    ]
    await _write(settings, "people", values)
    async with running(settings):
        await until_stored(settings, len(values), "people")
    found = await rows(settings, "SELECT pin, item FROM people_v ORDER BY pin, item")
    assert found == [("7", "fingerprint/1"), ("8", "user")]


async def test_the_latest_of_a_person_counts_and_a_deleted_one_is_not_shown(settings: Settings) -> None:
    person = EVENTS["people"]
    versions = [{"rank": 2, "name": "new"}, {"rank": 1, "name": "old"}]
    gone = {"pin": "8", "rank": 1, "deleted": True, "event_id": "8" * 32}
    values = [orjson.dumps({**asdict(person), **changes}) for changes in (*versions, gone)]
    await _write(settings, "people", values)
    async with running(settings):
        await until_stored(settings, 3, "people")
    assert await rows(settings, "SELECT pin, name FROM people_v") == [("007", "new")]


async def test_a_punch_that_was_added_on_the_clock_is_listed_with_what_was_done_there(settings: Settings) -> None:
    """Errata Z7: an old punch from a clock that had nothing left to send."""
    minute = 60_000

    def row(number: int, made: int, received: int, rank: int = 9) -> bytes:
        return punch(number, punch_at=AT + made * minute, received_at=AT + received * minute, rank=rank)

    values = [
        row(1, 0, 0),
        row(2, 60, 60),
        row(3, 30, 120),  # made up at the clock an hour after a later one had come
        row(4, 119, 121),  # late, but within the time that a clock needs to send what it has
        row(1, 0, 130, rank=8),  # sent again
        row(5, 140, 140),
    ]
    await _write(settings, "punches", values)
    menu = orjson.loads(encode_event(EVENTS["operations"]))
    menu |= {"word": "menu entered", "happened_at": AT + 115 * minute, "event_id": "1" * 32}
    other = menu | {"word": "power on", "happened_at": AT, "event_id": "2" * 32}
    await _write(settings, "operations", [orjson.dumps(menu), orjson.dumps(other)])
    async with running(settings):
        await until_stored(settings, len(values), "punches")
        await until_stored(settings, 2, "operations")
    found = await rows(settings, "SELECT event_id, operations FROM possibly_manual_v(quiet_seconds = 900)")
    assert found == [(f"{3:032x}", ["menu entered"])]


async def test_the_last_version_of_a_correction_counts_and_all_are_kept(settings: Settings) -> None:
    """F21: a manual log that is approved after a while, and the first version read again later."""
    first = asdict(EVENTS["corrections"])
    values = [orjson.dumps(first | {"version": 2, "status": "approved"}), orjson.dumps(first), orjson.dumps(first)]
    await _write(settings, "corrections", values)
    async with running(settings):
        await until_stored(settings, len(values), "corrections")
    assert await rows(settings, "SELECT version, status FROM corrections_v") == [(2, "approved")]
    assert await rows(settings, "SELECT count() FROM corrections FINAL") == [(2,)]


async def test_of_a_persons_pin_each_period_is_a_row_and_the_newest_word_on_it_counts(settings: Settings) -> None:
    identity = asdict(EVENTS["identities"])
    changes: list[dict[str, Any]] = [{"rank": 4, "employee": "8"}, {"rank": 2}, {"valid_from": AT, "valid_to": None}]
    await _write(settings, "identities", [orjson.dumps(identity | change) for change in changes])
    async with running(settings):
        await until_stored(settings, len(changes), "identities")
    found = await rows(settings, "SELECT employee, valid_from IS NULL FROM identities_v ORDER BY employee")
    assert found == [("007", 0), ("8", 1)]


async def test_the_state_of_each_polled_source_with_the_terminals_behind_it(settings: Settings) -> None:
    plain = {field.name: field.default for field in fields(DeviceState) if field.name.startswith("source_")}
    terminal = asdict(EVENTS["devices"]) | plain
    server = asdict(EVENTS["devices"]) | {"device": "biotime:b1", "skew_s": -61, "lag_s": 2.5}
    values = [terminal, terminal | {"device": "SN2", "status": "offline"}, server]
    await _write(settings, "devices", [orjson.dumps(value) for value in values])
    async with running(settings):
        await until_stored(settings, len(values), "devices")
    found = await rows(
        settings,
        "SELECT source, vendor, status, presence, toUnixTimestamp64Milli(assumeNotNull(last_good_poll)), lag_s, "
        "errors, clock_off, terminals, terminals_online FROM sources_v",
    )
    assert found == [("biotime:b1", "biotime", "gap", "online", AT, 2.5, 2, 1, 2, 1)]


async def test_a_gap_in_a_stations_log_is_listed(settings: Settings) -> None:
    event = asdict(EVENTS["access"])
    told = {"log": "door", "last_known": "41", "oldest_available": "1042", "num": "1000", "why": "no known row"}
    gap = event | {"device": "akuvox:0C1105078B71", "kind": "gap", "extra": told, "event_id": "9" * 32}
    call = event | {"kind": "call", "event_id": "8" * 32}
    await _write(settings, "access", [orjson.dumps(value) for value in (event, gap, gap, call)])
    async with running(settings):
        await until_stored(settings, 4, "access")
    found = await rows(settings, "SELECT source, log, last_known, oldest_available, rows_held, why FROM gaps_v")
    assert found == [("akuvox:0C1105078B71", "door", "41", "1042", 1000, "no known row")]
    assert await rows(settings, "SELECT kind, count() FROM access_v GROUP BY kind ORDER BY kind") == [
        ("call", 1), ("event", 1), ("gap", 1),
    ]  # fmt: skip


async def test_a_command_is_one_row_and_its_first_end_counts(settings: Settings) -> None:
    def step(kind: CommandStep, at: int, **more: Any) -> bytes:
        return encode_event(CommandEvent(step=kind, tenant="t", device="SN1", command_id="7", at=at, by="x", **more))

    steps = [
        step(CommandStep.REQUESTED, AT, name="device.info", summary="INFO", max_sends=3, expires_at=AT + 9),
        step(CommandStep.CLAIMED, AT + 1),
        step(CommandStep.SENT, AT + 2),
        step(CommandStep.ANSWERED, AT + 3, outcome=CommandOutcome.DONE, return_code=0, meaning="done"),
        step(CommandStep.ANSWERED, AT + 4, outcome=CommandOutcome.FAILED, return_code=-1),
        step(CommandStep.EXPIRED, AT + 5),
    ]
    await _write(settings, "commands", steps)
    async with running(settings):
        await until_stored(settings, len(steps), "commands")
    found = await rows(settings, "SELECT name, status, return_code, sends, late_answers FROM commands_v")
    assert found == [("device.info", "done", 0, 1, 1)]


async def _write(settings: Settings, topic: str, values: list[bytes]) -> None:
    async with producer(settings, topic) as made:
        for value in values:
            made.append(topic, b"k", value, partition_by=b"SN1")
        await made.flush()


def _plain(event: Any) -> dict[str, Any]:
    return dict(orjson.loads(encode_event(event)))


def _as_written(read: Any, written: Any) -> Any:
    """ClickHouse shows times as text; objects without a fixed shape are kept as JSON."""
    if isinstance(read, str) and isinstance(written, dict):
        return orjson.loads(read)
    if isinstance(read, str) and isinstance(written, int) and not isinstance(written, bool):
        from datetime import UTC, datetime

        return round(datetime.fromisoformat(read).replace(tzinfo=UTC).timestamp() * 1000)
    return read
