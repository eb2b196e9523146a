"""The view of commands: what is open, what is remembered, what makes no sense."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from runtime.command_view import CommandView, command_key
from runtime.sections import KafkaSettings
from schemas.codec import encode_event
from schemas.command_state import CommandStatus
from schemas.commands import CommandEvent, CommandOutcome, CommandStep
from tests.unit.ingest.commands.stand_ins import AT, record


def view(**options: Any) -> CommandView:
    return CommandView(KafkaSettings(), **options)


def event(step: CommandStep = CommandStep.REQUESTED, **more: Any) -> CommandEvent:
    values = {"device": "SN1", "command_id": "7", "at": AT, "max_sends": 3, **more}
    return CommandEvent(step=step, tenant="acme", by="anna", **values)


def feed(to: CommandView, *events: CommandEvent) -> None:
    for one in events:
        headers = [("text", b"sealed"), ("sealed", b"acme.1")] if one.step is CommandStep.REQUESTED else []
        to._apply(record(command_key(one.device, one.command_id), encode_event(one), headers))


def whole_life(command_id: str, **more: Any) -> list[CommandEvent]:
    return [
        event(command_id=command_id, **more),
        event(CommandStep.CLAIMED, command_id=command_id, **more),
        event(CommandStep.ANSWERED, command_id=command_id, outcome=CommandOutcome.DONE, **more),
    ]


def test_open_commands_come_in_order_of_request_with_their_sealed_texts() -> None:
    made = view()
    feed(made, *(event(command_id=number) for number in ("9", "1", "5")), event(device="SN2"))
    assert [one.state.requested.command_id for one in made.open_of("SN1")] == ["9", "1", "5"]
    assert {(one.text, one.key_id) for one in made.open_of("SN1")} == {(b"sealed", "acme.1")}
    assert made.has_open("SN2")
    assert not made.has_open("SN3")
    assert len(made.open_commands()) == 4


def test_an_ended_one_is_remembered_without_its_text() -> None:
    made = view()
    feed(made, *whole_life("7"))
    assert not made.has_open("SN1")
    assert made.open_of("SN1") == []
    assert made.open_command("SN1", "7") is None
    found = made.find("SN1", "7")
    assert found is not None
    assert found.status is CommandStatus.DONE
    assert made.of_device("SN1") == [found]
    assert made.counts()[CommandStatus.DONE] == 1


def test_a_done_one_that_must_come_back_keeps_its_device_busy_until_it_did() -> None:
    made = view()
    feed(made, *whole_life("7", confirm=True))
    assert made.has_open("SN1")
    assert made.open_of("SN1") == []
    assert [one.text for one in made.awaited_of("SN1")] == [b"sealed"]
    feed(made, event(CommandStep.CONFIRMED, at=AT + 1))
    assert not made.has_open("SN1")


def test_waiting_for_a_return_ends_some_day() -> None:
    made = view()
    feed(made, *whole_life("7", confirm=True))
    made.forget_awaited(AT)
    assert made.has_open("SN1")
    made.forget_awaited(AT + 1)
    assert not made.has_open("SN1")
    assert made.find("SN1", "7") is not None


def test_a_later_wave_waits_until_all_of_the_earlier_ones_are_confirmed() -> None:
    made = view()
    later = event(device="SN3", command_id="3", batch="b", wave=2, waits_for=2, confirm=True)
    feed(made, later)  # read first, though written last
    first: dict[str, Any] = {"batch": "b", "confirm": True}
    second: dict[str, Any] = {
        "device": "SN2",
        "command_id": "2",
        "batch": "b",
        "wave": 1,
        "waits_for": 1,
        "confirm": True,
    }

    def may_go() -> list[str]:
        return [one.requested.command_id for one in made.open_commands() if made.may_go(one, AT)]

    assert may_go() == []
    feed(made, *whole_life("1", **first))
    assert may_go() == []
    feed(made, event(**second), event(CommandStep.CONFIRMED, command_id="1"))
    assert may_go() == ["2"]
    late = event(CommandStep.ANSWERED, command_id="1", outcome=CommandOutcome.DONE)
    feed(made, event(CommandStep.CONFIRMED, command_id="1"), late)  # doubled ones do not count twice
    assert may_go() == ["2"]
    feed(
        made,
        event(CommandStep.CLAIMED, **second),
        event(CommandStep.ANSWERED, outcome=CommandOutcome.DONE, **second),
        event(CommandStep.CONFIRMED, **second),
        event(CommandStep.CONFIRMED, **second),
    )
    assert may_go() == ["3"]
    assert len(made.batch("b")) == 3


def test_ended_ones_are_forgotten_the_oldest_first_of_each_device_and_of_all() -> None:
    made = view(ended_per_device=2, ended_in_all=3)
    feed(made, event(command_id="1"))  # open: never forgotten
    for number in ("2", "3", "4"):
        feed(made, *whole_life(number, batch="b"))
    assert [one.requested.command_id for one in made.of_device("SN1")] == ["1", "3", "4"]
    feed(made, *whole_life("5", device="SN2"), *whole_life("6", device="SN2"))
    assert made.find("SN1", "3") is None
    assert [one.requested.command_id for one in made.batch("b")] == ["4"]
    assert made.counts()[CommandStatus.DONE] == 3
    feed(made, *whole_life("7", device="SN3"), *whole_life("8", device="SN3"))
    assert made.batch("b") == []
    assert [one.requested.command_id for one in made.of_device("SN1")] == ["1"]
    assert made.has_open("SN1")


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"SN1+7", b"nonsense", ()),
        (b"SN1+7", None, ()),
        (b"SN1+8", encode_event(event()), [("text", b"x"), ("sealed", b"acme.1")]),
        (b"SN1+7", encode_event(event()), ()),
        (b"SN1+7", encode_event(event()), [("text", b""), ("sealed", b"acme.1")]),
        (None, encode_event(event()), [("text", b"x"), ("sealed", b"acme.1")]),
        (b"SN1+7", encode_event(event()).replace(b'"v":1', b'"v":9'), [("text", b"x"), ("sealed", b"acme.1")]),
    ],
)
def test_a_record_that_makes_no_sense_is_left_out_and_stops_nothing(
    key: bytes | None, value: bytes | None, headers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    made = view()
    made._apply(record(key, value, headers, offset=12))
    assert "record 12 of partition 0" in caplog.text
    assert made.find("SN1", "7") is None
    feed(made, event(command_id="9"))
    assert made.has_open("SN1")


def test_unreadable_records_are_logged_a_hundred_times_and_then_counted_only(caplog: pytest.LogCaptureFixture) -> None:
    made = view()
    with caplog.at_level(logging.ERROR):
        for _ in range(150):
            made._apply(record(b"x", b"nonsense"))
    assert len(caplog.records) == 100
    assert made._unreadable == 150


def test_steps_of_what_nobody_requested_change_nothing() -> None:
    made = view()
    feed(made, *whole_life("7")[1:], replace(event(CommandStep.EXPIRED), at=AT))
    assert made.of_device("SN1") == []
    assert sum(made.counts().values()) == 0
