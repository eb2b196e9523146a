"""Asking servers and stations for something: who may, what is checked, what is written, and a key that is known."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import orjson
import pytest

from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.commands.orders import Operator
from ingest.commands.sources import SourcePlace
from runtime.command_log import CommandLog, next_step
from runtime.command_texts import open_text
from schemas.command_state import LONGEST_LIFE_MS
from schemas.commands import CommandStep
from tests.unit.ingest.commands.source_stand_ins import GATE, HQ, NEW, PLANT, SourceOffice
from tests.unit.ingest.commands.stand_ins import ANNA, AT
from tests.unit.ingest.stand_ins import KEYS

OPERATE = Operator("omar", "operate", "api", "10.0.0.1")
CREATE = "biotime.employee.create"


async def test_what_is_asked_for_is_checked_audited_sealed_and_open() -> None:
    office = SourceOffice()
    (ordered,) = await office.ask(CREATE, arguments=NEW, operator=OPERATE, reason="new", key="hr-7")
    assert (ordered.serial, ordered.name, ordered.refusal, ordered.earlier) == ("biotime:hq", CREATE, "", False)
    (command,) = office.view.open_of("biotime:hq")
    requested = command.state.requested
    assert (requested.command_id, requested.request_id) == (ordered.command_id, "hr-7")
    assert orjson.loads(open_text(KEYS, command)) == {
        "name": CREATE,
        "arguments": {"emp_code": "007", "department": "1", "area": ["2", "3"], "device_password": "4711"},
        "key": "hr-7",
    }
    assert requested.summary == f"{CREATE} emp_code=007 department=1 area=2,3 device_password=***"
    written = b"".join(one.value or b"" for one in office.kafka.commands) + b"".join(v for _, v in office.kafka.others)
    assert b"4711" not in written
    assert (requested.by, requested.reason, requested.tenant, requested.site) == ("omar", "new", "acme", "north")
    assert (requested.max_sends, requested.confirm, requested.expires_at) == (3, False, AT + 3_600_000)
    (audit,) = office.audit
    assert (audit["who"], audit["action"], audit["target"]) == ("omar", "command.request", "biotime:hq")
    assert (audit["details"]["names"], audit["details"]["effect"]) == (CREATE, "write")


async def test_several_sources_are_one_batch() -> None:
    office = SourceOffice()
    found = await office.ask("connector.pause", HQ, GATE, PLANT)
    assert [one.serial for one in found] == ["biotime:hq", GATE.key, "biotime:plant"]
    assert len({event.batch for event in office.kafka.events}) == 1
    (audit,) = office.audit
    assert audit["details"]["devices"] == f"biotime:hq, {GATE.key}, biotime:plant"
    (wrong, right) = await office.ask(CREATE, GATE, HQ, arguments=NEW)
    assert wrong.refusal == f"{CREATE} is no command of {GATE.key}"
    assert right.command_id


DANGER: dict[str, Any] = {"yes": True, "reason": "visitor"}


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("device.info", {}, "is no command for servers"),
        (CREATE, {"arguments": NEW, "operator": Operator("ro", "read", "api")}, "needs the role operate"),
        (CREATE, {"arguments": {"emp_code": "7"}}, "department is missing"),
        (CREATE, {"arguments": {**NEW, "fields": "{not JSON"}}, "fields must be a JSON object"),
        (CREATE, {"arguments": {**NEW, "fields": "[1]"}}, "fields must be a JSON object"),
        (CREATE, {"arguments": NEW, "key": "k" * 201}, "up to 200 characters"),
        (CREATE, {"arguments": NEW, "expires_after_seconds": 0}, "more than 0 s"),
        (CREATE, {"arguments": NEW, "expires_after_seconds": LONGEST_LIFE_MS / 1000 + 1}, "up to 25 days"),
        (CREATE, {"arguments": {**NEW, "first_name": "x" * (1 << 20)}}, "at most 1048576"),
        ("connector.new_epoch", {"arguments": {"from": "2026-03-01"}, "operator": OPERATE}, "needs the role admin"),
        ("akuvox.doorlog.clear", DANGER, "the setting connectors.allow has to name it"),
        ("akuvox.relay.trig", {"arguments": {"num": 1}, **DANGER, "operator": OPERATE}, "needs the role admin"),
        ("akuvox.relay.trig", {"arguments": {"num": 1}, **DANGER, "yes": False}, "--yes"),
        ("akuvox.relay.trig", {"arguments": {"num": 1}, **DANGER, "reason": " "}, "give a reason"),
    ],
)
async def test_what_may_not_be_asked_for_is_refused_whole_and_leaves_nothing(
    name: str, more: dict[str, Any], words: str
) -> None:
    office = SourceOffice()
    with pytest.raises(CommandRefused, match=words) as refused:
        await office.ask(name, GATE if name.startswith("akuvox") else HQ, **more)
    assert "4711" not in str(refused.value)
    assert office.kafka.commands == []
    assert office.audit == []


async def test_a_dangerous_one_that_the_setting_names_is_taken_and_audited_with_its_reason() -> None:
    office = SourceOffice()
    (ordered,) = await office.ask("akuvox.relay.trig", GATE, arguments={"num": "1"}, **DANGER)
    assert ordered.command_id
    (audit,) = office.audit
    assert (audit["target"], audit["reason"]) == (GATE.key, "visitor")
    assert audit["details"]["effect"] == "dangerous"
    assert audit["details"]["summaries"] == "akuvox.relay.trig num=1"
    (event,) = office.kafka.events
    assert event.max_sends == 2


async def test_what_is_meant_for_now_does_not_wait() -> None:
    office = SourceOffice()
    trigger: dict[str, Any] = {"arguments": {"num": "1"}, **DANGER}
    await office.ask("akuvox.relay.trig", GATE, **trigger)
    await office.ask("akuvox.relay.trig", GATE, **trigger, expires_after_seconds=5.0)
    assert [(event.expires_at or 0) - AT for event in office.kafka.events] == [60_000, 5_000]


async def test_objects_come_as_json() -> None:
    office = SourceOffice()
    await office.ask(CREATE, arguments={**NEW, "fields": '{"city": "Dubai"}'})
    (command,) = office.view.open_of("biotime:hq")
    assert orjson.loads(open_text(KEYS, command))["arguments"]["fields"] == {"city": "Dubai"}


async def test_a_known_key_gives_the_command_that_has_it_open_or_ended() -> None:
    office = SourceOffice()
    (first,) = await office.ask(CREATE, arguments=NEW, key="hr-7")
    written = len(office.kafka.commands), len(office.kafka.others)
    (again,) = await office.ask(CREATE, arguments=NEW, key="hr-7")
    assert (again.command_id, again.earlier) == (first.command_id, True)
    requested = office.kafka.events[0]
    log = CommandLog(office.kafka)  # type: ignore[arg-type]  # stands in for the producer
    log.append(next_step(requested, CommandStep.CANCELLED, at=AT, by="anna"))
    office.view.read_all()
    assert office.view.open_of("biotime:hq") == []
    (ended,) = await office.ask(CREATE, arguments=NEW, key="hr-7")
    assert (ended.command_id, ended.earlier) == (first.command_id, True)
    assert (len(office.kafka.commands), len(office.kafka.others)) == (written[0] + 1, written[1])
    # Another source, or none given, is another order.
    (elsewhere,) = await office.ask(CREATE, PLANT, arguments=NEW, key="hr-7")
    assert not elsewhere.earlier
    (one,), (two,) = await office.ask(CREATE, arguments=NEW), await office.ask(CREATE, arguments=NEW)
    assert (one.earlier, two.earlier) == (False, False)
    assert one.command_id != two.command_id


async def test_a_key_of_another_order_is_refused() -> None:
    office = SourceOffice()
    (first,) = await office.ask(CREATE, arguments=NEW, key="hr-7")
    for name, arguments in ((CREATE, {**NEW, "emp_code": "8"}), ("biotime.employee.update", {"emp_code": "007"})):
        (other,) = await office.ask(name, arguments=arguments, key="hr-7")
        assert other.command_id == ""
        assert f"the key is that of command {first.command_id}" in other.refusal


async def test_two_desks_with_one_key_tell_the_same_command() -> None:
    one = SourceOffice()
    other = SourceOffice(one.kafka)
    found = await asyncio.gather(
        *(office.ask(CREATE, arguments=NEW, key="hr-7") for office in (one, other, one, other))
    )
    assert len({ordered.command_id for (ordered,) in found}) == 1
    assert sorted(ordered.earlier for (ordered,) in found).count(False) == 1


async def test_an_id_that_another_desk_took_first_is_given_up() -> None:
    class Few(Random):
        def randrange(self, *_: Any, **__: Any) -> int:
            return self.choice([11, 12, 13])

    one = SourceOffice(random=Few(1))
    other = SourceOffice(one.kafka, random=Few(1))  # the same numbers in the same order
    (paused,), (resumed,) = await asyncio.gather(one.ask("connector.pause"), other.ask("connector.resume"))
    assert paused.command_id != resumed.command_id


async def test_what_kafka_does_not_take_is_told_with_its_key() -> None:
    office = SourceOffice()
    office.kafka.mode = "fail"
    with pytest.raises(CommandNotStored, match="ask again under the same key hr-7"):
        await office.ask(CREATE, arguments=NEW, key="hr-7")


async def test_a_tenant_without_a_key_cannot_be_sealed_for() -> None:
    (ordered,) = await SourceOffice().ask(CREATE, SourcePlace("biotime:hq", "nobody", ""), arguments=NEW)
    assert "nobody" in ordered.refusal
    assert ordered.command_id == ""


async def test_one_that_has_too_many_open_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.commands.source_orders.MAX_OPEN_PER_DEVICE", 2)
    office = SourceOffice()
    for _ in range(2):
        await office.ask("connector.pause")
    (ordered,) = await office.ask("connector.pause", operator=ANNA)
    assert "has 2 open commands" in ordered.refusal
