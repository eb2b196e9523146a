"""Corrections, leave and approvals through the control API on a genuine Kafka; what is read back is what others get."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.correction_states import Verdict
from ingest.control.operations import open_operations
from ingest.control.tokens import write_tokens
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.approvals import Approval
from schemas.codec import decode_event, encode_event
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.employees import Employee, Identity, employee_key, identity_key, identity_partition_by
from schemas.events import Punch
from schemas.registry import AreaRecord, GroupPeriod
from schemas.timecards import CardStatus, DailyCard, card_key
from tests.integration.helpers import producer
from tests.integration.ingest.control.test_control import Control, controlling, served
from tests.integration.ingest.running import edge_settings

NOW_MS = int(time.time() * 1000)
TODAY = datetime.now(UTC).date().isoformat()
ADD = {"operation": "add", "local": f"{TODAY} 08:00", "state": 0, "reason": "forgot", "reason_code": "FORGOT"}


@pytest.fixture
def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    write_tokens(tmp_path / "tokens.toml", {})
    made = edge_settings(
        stack, topic_prefix, tmp_path, "kafka.partitions=2", f"control.tokens_file={tmp_path / 'tokens.toml'}",
        "control.port=0", "control.corrections_days=30", f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    lists = {"reason_codes": ("FORGOT", "OUTAGE"), "operators": {"admin": "4713"}}
    return made.model_copy(update={"control": made.control.model_copy(update=lists)})


async def put_employees(settings: Settings, **sites: str) -> None:
    async with producer(settings, "employees") as sender:
        for code, site in sites.items():
            one = Employee(tenant="default", employee=code.strip("_"), rank=1, site=site, source="operator")
            key = employee_key(one.tenant, one.employee)
            await sender.send("employees", key, encode_event(one), partition_by=key)


async def put_corrections(settings: Settings, *corrections: Correction) -> None:
    async with producer(settings, "corrections") as sender:
        for one in corrections:
            by = employee_key(one.tenant, one.employee)
            await sender.send("corrections", one.correction_id.encode(), encode_event(one), partition_by=by)


async def read(settings: Settings, topic: str, kind: type[Any]) -> list[Any]:
    async with KafkaReader(settings.kafka) as reader:
        return [decode_event(kind, record.value) async for record in reader.records(topic)]


async def ask(control: Control, who: str, path: str, body: Any, wanted: int = 200) -> Any:
    status, answer = await control.ask(who, "POST", path, body)
    assert status == wanted, answer
    return answer


async def decide(control: Control, who: str, decision: str, *ids: str, **more: Any) -> list[str]:
    """The refusals."""
    body = {"decision": decision, "ids": ids, **more}
    return [one["refusal"] for one in (await ask(control, who, "/v1/corrections/decide", body))["corrections"]]


async def test_a_correction_is_asked_for_by_one_and_decided_by_another(settings: Settings) -> None:
    async with controlling(settings, served("A1")) as control:
        await put_employees(settings, _4711="berlin", _4712="paris", _4713="berlin")
        asked = {**ADD, "employee": "4711", "key": "form 17"}
        await ask(control, "reader", "/v1/corrections", asked, 403)
        made = (await ask(control, "operator", "/v1/corrections", asked))["correction"]
        assert (made["status"], made["version"], made["site"], made["zone"]) == (
            "pending", 1, "berlin", "Europe/Berlin",
        )  # fmt: skip
        assert (await ask(control, "operator", "/v1/corrections", asked))["correction"] == made
        again = await ask(control, "berliner", "/v1/corrections", asked, 409)
        assert f"the same is pending already: correction {made['correction_id']}" in again["error"]["message"]
        other = await ask(control, "operator", "/v1/corrections", {**asked, "state": 1}, 409)
        assert "the key was used for another request" in other["error"]["message"]

        one = made["correction_id"]
        assert "asked for by operator" in (await decide(control, "operator", "approve", one))[0]
        assert await decide(control, "admin", "approve", one, reason="seen him") == [""]
        assert "is approved" in (await decide(control, "admin", "approve", one))[0]
        assert await decide(control, "berliner", "revoke", one, reason="was on leave") == [""]
        _, shown = await control.ask("reader", "GET", f"/v1/corrections/{one}")
        assert (shown["correction"]["status"], shown["correction"]["extra"]) == (
            "revoked", {"decision_reason": "was on leave"},
        )  # fmt: skip

        versions = await read(settings, "corrections", Correction)
        assert [(v.version, v.status.value, v.decided_by) for v in versions] == [
            (1, "pending", ""), (2, "approved", "admin"), (3, "revoked", "berliner"),
        ]  # fmt: skip
        assert [(e.action, e.target, e.who, e.tenant, e.reason) for e in await control.audit()] == [
            ("correction.request", "4711", "operator", "default", "forgot"),
            ("correction.approve", one, "admin", "default", "seen him"),
            ("correction.revoke", one, "berliner", "default", "was on leave"),
        ]

        # admin is employee 4713 by a setting; nobody knows 4719; berliner does not see Paris.
        own = (await ask(control, "operator", "/v1/corrections", {**ADD, "employee": "4713"}))["correction"]
        assert "is about admin (4713)" in (await decide(control, "admin", "approve", own["correction_id"]))[0]
        assert await decide(control, "operator", "withdraw", own["correction_id"]) == [""]
        await ask(control, "operator", "/v1/corrections", {**ADD, "employee": "4719"}, 404)
        await ask(control, "berliner", "/v1/corrections", {**ADD, "employee": "4712"}, 404)
        paris = (await ask(control, "operator", "/v1/corrections", {**ADD, "employee": "4712"}))["correction"]
        assert (await control.ask("berliner", "GET", f"/v1/corrections/{paris['correction_id']}"))[0] == 404
        assert await decide(control, "berliner", "approve", paris["correction_id"]) == ["there is no such correction"]
        _, page = await control.ask("berliner", "GET", "/v1/corrections", status="pending")
        assert page["items"] == []
        _, first = await control.ask("reader", "GET", "/v1/corrections", limit="2")
        _, rest = await control.ask("reader", "GET", "/v1/corrections", cursor=first["next"])
        listed = [item["correction"]["employee"] for item in first["items"] + rest["items"]]
        assert (listed, rest["next"]) == (["4712", "4713", "4711"], "")


async def test_what_makes_no_sense_is_told(settings: Settings) -> None:
    async with controlling(settings) as control:
        await put_employees(settings, _1="berlin", _2="nowhere")
        for change, status, says in (
            ({"reason": ""}, 400, "needs a reason"),
            ({"reason_code": "X"}, 400, "none of FORGOT, OUTAGE"),
            ({"local": "2025-10-26 02:30"}, 400, "occurred twice in Europe/Berlin"),
            ({"local": "2025-03-30 02:30"}, 400, "never occurred"),
            ({"employee": "2"}, 400, "say the zone"),
            ({"site": "rome"}, 404, "no site rome"),
            ({"tenant": "other"}, 404, "no tenant other"),
            ({"operation": "void"}, 400, "say which punch"),
        ):
            answer = await ask(control, "operator", "/v1/corrections", {**ADD, "employee": "1", **change}, status)
            assert says in answer["error"]["message"]
        settled = {**ADD, "employee": "1", "local": "2025-10-26 02:30", "offset": "+01:00"}
        made = (await ask(control, "operator", "/v1/corrections", settled))["correction"]
        assert made["punch_at"] == 1_761_442_200_000  # 2025-10-26 01:30 UTC


async def test_the_punch_that_is_meant_is_looked_up(settings: Settings) -> None:
    async with controlling(settings, served("A1")) as control:
        await put_employees(settings, _1="berlin")
        common: dict[str, Any] = {
            "v": 1, "tenant": "default", "device": "A1", "site": "berlin", "pin": "1", "local_time": NOW_MS,
            "local_text": "x", "utc_offset_s": 0, "zone": "UTC", "clock": "zone", "time_flags": [], "state": 0,
            "verify": 1, "work_code": "", "job_codes": [], "tip_codes": [], "is_attendance": True,
            "not_attendance_reason": "", "source": "push", "source_ref": "", "received_at": NOW_MS,
            "raw_topic": "raw.attendance", "raw_partition": 0, "raw_offset": 0, "raw_line": 1, "request_id": "r",
            "parser_version": 1, "registry_version": 1, "extra": {},
        }  # fmt: skip
        async with producer(settings, "punches") as sender:
            for rank, at in ((2, 2_000), (1, 1_000)):
                punch = Punch(event_id="b" * 32, rank=rank, punch_at=at, **common)
                await sender.send("punches", b"b" * 32, encode_event(punch), partition_by=b"A1")
        for number, serial in enumerate(("", "a1")):
            body = {"operation": "edit", "employee": "1", "target": "b" * 32, "state": number, "reason": "r",
                    "reason_code": "FORGOT", "serial": serial}  # fmt: skip
            made = (await ask(control, "operator", "/v1/corrections", body))["correction"]
            assert (made["target_at"], made["punch_at"]) == (2_000, None)
        missing = await ask(control, "operator", "/v1/corrections", {**body, "target": "c" * 32}, 404)
        assert "say target_at" in missing["error"]["message"]
        given = {**body, "operation": "void", "state": None, "target": "c" * 32, "target_at": 5}
        assert (await ask(control, "operator", "/v1/corrections", given))["correction"]["target_at"] == 5
        added = (await ask(control, "operator", "/v1/corrections", {**ADD, "employee": "1"}))["correction"]
        undo = {**body, "operation": "void", "state": None, "target": added["correction_id"]}
        assert (await ask(control, "operator", "/v1/corrections", undo))["correction"]["target_at"] == added["punch_at"]


async def test_many_at_once_are_shown_first_and_then_written_as_one_batch(settings: Settings) -> None:
    async with controlling(settings, served("A1"), served("P1", "paris")) as control:
        await put_employees(settings, _1="berlin", _2="berlin", _3="paris", _4="berlin")
        await write_changes(
            settings.kafka, compare_records([], [AreaRecord("hall", (GroupPeriod(name="Hall", devices=("A1",)),))])
        )
        async with producer(settings, "identities") as sender:
            for scope, pin, code, until in (
                ("device:A1", "1", "1", None), ("area:hall", "3", "3", None), ("device:P1", "2", "2", None),
                ("device:A1", "4", "4", 1_000),
            ):  # fmt: skip
                one = Identity(tenant="default", scope=scope, pin=pin, employee=code, rank=1, source="operator",
                               valid_to=until)  # fmt: skip
                by = identity_partition_by(one)
                await sender.send("identities", identity_key(one), encode_event(one), partition_by=by)

        bulk = {**ADD, "reason": "clock was down", "reason_code": "OUTAGE"}
        preview = await ask(control, "operator", "/v1/corrections/bulk", {**bulk, "of_site": "berlin"})
        assert [(one["employee"], one["skipped"]) for one in preview["items"]] == [("1", ""), ("2", ""), ("4", "")]
        assert preview["items"][0]["what"] == f"add {TODAY} 08:00:00 Europe/Berlin state 0 at berlin"
        assert preview["batch"] == ""
        assert await read(settings, "corrections", Correction) == []

        device = {**bulk, "of_device": "a1"}
        preview = await ask(control, "operator", "/v1/corrections/bulk", device)
        assert [one["employee"] for one in preview["items"]] == ["1", "3"]
        assert preview["items"][1]["what"].endswith(" at berlin")  # where the device is, not where 3 is at home
        done = await ask(control, "operator", "/v1/corrections/bulk", {**device, "plan": preview["plan"]})
        assert (done["plan"], len({one["correction_id"] for one in done["items"]})) == (preview["plan"], 2)
        stale = await ask(control, "operator", "/v1/corrections/bulk", {**device, "plan": "0" * 32})
        assert [one["skipped"][:24] for one in stale["items"]] == ["the same is pending alre"] * 2
        assert (stale["batch"], stale["plan"]) == ("", "")
        listed = {**bulk, "employees": ["1", "2", "9"]}
        preview = await ask(control, "operator", "/v1/corrections/bulk", listed)
        assert [bool(one["skipped"]) for one in preview["items"]] == [True, False, True]
        changed = {**listed, "state": 1, "plan": preview["plan"]}
        assert (
            "look at a new one"
            in (await ask(control, "operator", "/v1/corrections/bulk", changed, 409))["error"]["message"]
        )
        seen = await ask(control, "berliner", "/v1/corrections/bulk", {**bulk, "employees": ["3"]})
        assert "no employee 3" in seen["items"][0]["skipped"]
        for wrong in ({**bulk, "of_site": "berlin", "of_device": "A1"}, bulk):
            await ask(control, "operator", "/v1/corrections/bulk", wrong, 400)
        await ask(control, "berliner", "/v1/corrections/bulk", {**bulk, "of_device": "P1"}, 404)

        batch = done["batch"]
        assert all("asked for by operator" in why for why in await decide(control, "operator", "approve", batch=batch))
        assert await decide(control, "admin", "approve", batch=batch) == ["", ""]
        await ask(control, "admin", "/v1/corrections/decide", {"decision": "approve", "batch": batch}, 404)
        _, page = await control.ask("reader", "GET", "/v1/corrections", batch=batch)
        assert {one["correction"]["status"] for one in page["items"]} == {"approved"}
        assert await decide(control, "admin", "revoke", batch=batch, reason="it was up") == ["", ""]
        counts = Counter(one.status for one in await read(settings, "corrections", Correction))
        assert counts == {
            CorrectionStatus.PENDING: 2, CorrectionStatus.APPROVED: 2, CorrectionStatus.REVOKED: 2,
        }  # fmt: skip
        assert [(e.action, e.target, e.details["corrections"]) for e in await control.audit()] == [
            (f"correction.{action}", f"batch {batch}", "2") for action in ("request", "approve", "revoke")
        ]


async def test_servers_own_theirs_and_old_ones_are_read_when_asked_for(settings: Settings) -> None:
    async with controlling(settings) as control:
        await put_employees(settings, _1="berlin")
        old = NOW_MS - 90 * 86_400_000
        theirs = Correction(
            correction_id="1" * 32, version=1, tenant="default", employee="1", operation=CorrectionOperation.ADD,
            status=CorrectionStatus.PENDING, punch_at=NOW_MS, requested_at=NOW_MS, source="connector",
            source_ref="biotime:hq:1:manual:9",
        )  # fmt: skip
        decided = Correction(
            correction_id="2" * 32, version=2, tenant="default", employee="1", operation=CorrectionOperation.LEAVE,
            status=CorrectionStatus.APPROVED, work_date="2020-01-01", minutes=60, requested_by="x", requested_at=old,
            decided_at=old, source="operator",
        )  # fmt: skip
        await put_corrections(settings, theirs, decided)
        assert "decided there" in (await decide(control, "admin", "approve", "1" * 32))[0]
        undo = {"operation": "void", "employee": "1", "target": "1" * 32, "reason": "r", "reason_code": "FORGOT"}
        assert (await ask(control, "operator", "/v1/corrections", undo))["correction"]["target_at"] == NOW_MS
        _, at_hand = await control.ask("reader", "GET", "/v1/corrections", employee="1")
        _, ever = await control.ask("reader", "GET", "/v1/corrections", employee="1", older="true")
        assert (len(at_hand["items"]), len(ever["items"])) == (2, 3)
        assert (await control.ask("reader", "GET", "/v1/corrections", older="true"))[0] == 400
        assert (await control.ask("reader", "GET", f"/v1/corrections/{'2' * 32}"))[0] == 200
        assert await decide(control, "admin", "revoke", "2" * 32, reason="never was") == [""]
        assert await decide(control, "admin", "revoke", "3" * 32, reason="r") == ["there is no such correction"]


async def test_of_two_who_decide_at_once_the_first_holds_and_the_other_is_told(settings: Settings) -> None:
    async with controlling(settings) as control, open_operations(settings) as elsewhere:
        await put_employees(settings, _1="berlin")
        for number in range(5):
            body = {**ADD, "employee": "1", "state": number}
            one = (await ask(control, "operator", "/v1/corrections", body))["correction"]["correction_id"]
            both = [(control.operations, "bo", Verdict.APPROVE), (elsewhere, "cy", Verdict.REJECT)]
            results = await asyncio.gather(
                *(
                    operations.corrections.decide(
                        Caller(Operator(who, "operate", "api")), verdict, ids=[one], reason="r"
                    )
                    for operations, who, verdict in both
                )
            )
            refusals = [bool(result[0].refusal) for result in results]
            assert sorted(refusals) == [False, True]
            _, shown = await control.ask("reader", "GET", f"/v1/corrections/{one}")
            winner = ("approved", "bo") if refusals[1] else ("rejected", "cy")
            assert (shown["correction"]["status"], shown["correction"]["decided_by"]) == winner


def card(employee: str, day: str, **facts: Any) -> DailyCard:
    common: dict[str, Any] = {
        "card_id": "c", "tenant": "default", "employee": employee, "work_date": day, "weekday": 3,
        "week_start": "2025-11-17", "version": 1, "revision": 1, "status": CardStatus.COMPLETE, "cause": "NEW_PUNCH",
        "content_hash": "a" * 32, "derived_at": 1,
    }  # fmt: skip
    return DailyCard(**{**common, **facts})


async def test_cards_are_approved_as_they_were_looked_at(settings: Settings) -> None:
    async with controlling(settings) as control:
        await put_employees(settings, _1="berlin", _2="berlin", _3="paris", _4713="berlin")
        async with producer(settings, "timecards.daily") as sender:
            for one in (
                card("1", "2025-11-20"), card("1", "2025-11-20", version=2, content_hash="b" * 32),
                card("1", "2025-11-21", status=CardStatus.PROVISIONAL), card("1", "2025-11-22", status=CardStatus.VOID),
                card("2", "2025-11-20", blocking=["MISSING_OUT"]), card("3", "2025-11-20"), card("4713", "2025-11-20"),
            ):  # fmt: skip
                by = f"{one.tenant}+{one.employee}".encode()
                key = card_key(one.tenant, one.employee, one.work_date)
                await sender.send("timecards.daily", key, encode_event(one), partition_by=by)
        looked_at = {"employee": "1", "work_date": "2025-11-20", "version": 1, "content_hash": "a" * 32}
        body: dict[str, Any] = {"decision": "approve", "cards": [looked_at]}
        await ask(control, "reader", "/v1/approvals", body, 403)
        (stale,) = (await ask(control, "operator", "/v1/approvals", body))["cards"]
        assert stale["refusal"] == "version 1 was looked at, 2 is current"
        many: dict[str, Any] = {
            "decision": "approve", "employees": ["1", "2", "4713"], "first": "2025-11-19", "last": "2025-11-23",
        }  # fmt: skip
        cards = (await ask(control, "admin", "/v1/approvals", many))["cards"]
        assert [(one["employee"], one["work_date"][-2:], one["refusal"]) for one in cards] == [
            ("1", "20", ""), ("1", "21", "the card is PROVISIONAL, not COMPLETE"),
            ("2", "20", "to be settled first: MISSING_OUT"), ("4713", "20", "nobody decides on their own card"),
        ]  # fmt: skip
        named = {"decision": "reject", "cards": [{"employee": "1", "work_date": "2025-11-20", "version": 2}]}
        await ask(control, "operator", "/v1/approvals", named, 400)
        await ask(control, "operator", "/v1/approvals", {**named, "reason": "wrong code"})
        await ask(control, "berliner", "/v1/approvals", {**many, "employees": ["3"]}, 404)

        written = sorted(await read(settings, "approvals", Approval), key=lambda one: one.decided_at)
        assert [(one.employee, one.work_date, one.version, one.content_hash, one.decision.value, one.decided_by)
                for one in written] == [
            ("1", "2025-11-20", 2, "b" * 32, "approved", "admin"),
            ("1", "2025-11-20", 2, "b" * 32, "rejected", "operator"),
        ]  # fmt: skip
        _, page = await control.ask("berliner", "GET", "/v1/approvals", employee="1", since=TODAY)
        assert [one["approval"]["decision"] for one in page["items"]] == ["rejected", "approved"]
        assert (await control.ask("reader", "GET", "/v1/approvals", since="today"))[0] == 400
        assert [(e.action, e.target) for e in await control.audit()] == [
            ("card.approve", "1 2025-11-20 v2"), ("card.reject", "1 2025-11-20 v2"),
        ]  # fmt: skip
