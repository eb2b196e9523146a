"""Commands that a handshake fulfils: the answer to the poll, the tables of the handshake, and when they are done."""

from __future__ import annotations

from typing import cast

import pytest

from ingest.commands.levers import Levers
from runtime.command_log import CommandLog
from runtime.producer import Producer
from schemas.command_state import CommandStatus
from tests.unit.ingest.commands.stand_ins import AT, MemoryKafka, TestEdge, request
from tests.unit.ingest.stand_ins import KEYS
from wire.zkpush.commands import build
from wire.zkpush.handshake import UNKNOWN_DEVICE

RESEND = build("edge.resend", {"tables": "ATTLOG,OPERLOG"}).text


def levers(edge: TestEdge) -> Levers:
    edge.view.read_all()
    return Levers(view=edge.view, log=CommandLog(cast(Producer, edge.kafka)), keys=KEYS, by="edge:a")


async def test_the_poll_has_the_device_shake_hands_and_the_handshake_ends_it() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", RESEND, name="edge.resend")
    assert await edge.poll() == UNKNOWN_DEVICE
    assert await edge.poll() == b"OK"
    made = levers(edge)
    assert made.resend_tables("SN1") == {"ATTLOG", "OPERLOG"}
    made.told("SN1", AT + 5)
    assert edge.state("1").status is CommandStatus.DONE
    assert made.resend_tables("SN1") == frozenset()
    assert await edge.poll() == b"OK"


async def test_a_device_that_shakes_hands_by_itself_is_told_once() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", RESEND, name="edge.resend")
    levers(edge).told("SN1", AT)
    assert edge.state("1").status is CommandStatus.DONE
    assert await edge.poll() == b"OK"


async def test_it_goes_alone_and_in_its_turn() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1")
    request(edge.kafka, "2", RESEND, name="edge.resend")
    request(edge.kafka, "3")
    assert [await edge.poll() for _ in range(3)] == [b"C:1:INFO\n", UNKNOWN_DEVICE, b"C:3:INFO\n"]


@pytest.mark.parametrize("mode", ["fail", "full"])
async def test_what_kafka_does_not_take_is_done_again_with_the_next_handshake(mode: str) -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", RESEND, name="edge.resend")
    made = levers(edge)
    edge.kafka.mode = mode
    made.told("SN1", AT)
    assert made.resend_tables("SN1")
    edge.kafka.mode = "ack"
    made.told("SN1", AT)
    assert edge.state("1").status is CommandStatus.DONE
