"""What a poll hands out: once, in order, within the limits, whoever else is asked; and what a device's return does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ingest.commands.delivery import CONFIRM_AFTER_MS
from runtime.errors import DeliveryFailed
from schemas.command_state import RESEND_AFTER_MS, CommandStatus
from tests.unit.ingest.commands.stand_ins import AT, PERIOD, MemoryKafka, TestEdge, exchange, request


def ids(answer: bytes) -> list[str]:
    return [line.split(b":")[1].decode() for line in answer.splitlines() if line.startswith(b"C:")]


async def test_nothing_open_is_ok_and_writes_nothing() -> None:
    edge = TestEdge(MemoryKafka())
    assert await edge.poll() == b"OK"
    assert edge.kafka.commands == []


async def test_a_command_goes_as_a_line_and_its_steps_are_in_the_log() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "7", b"DATA UPDATE USERINFO PIN=1\tName=Ann")
    assert await edge.poll() == b"C:7:DATA UPDATE USERINFO PIN=1\tName=Ann\n"
    assert edge.kafka.steps("7") == ["requested", "claimed", "sent"]
    claimed, sent = edge.kafka.events[1:]
    assert (claimed.by, claimed.at, claimed.tenant) == ("edge:edge-a", AT, "acme")
    assert claimed.request_id == sent.request_id == "edge-a-b00t-c1"
    assert await edge.poll(AT + 1000) == b"OK"
    assert len(edge.kafka.commands) == 3


async def test_two_edges_asked_at_once_give_a_command_once() -> None:
    kafka = MemoryKafka()
    first, second = TestEdge(kafka, "edge-a"), TestEdge(kafka, "edge-b")
    for number in range(1, 51):
        request(kafka, str(number))
        for edge in (first, second):
            edge.view.read_all()  # up to here: neither knows of the other's claim
        answers = await asyncio.gather(*(edge.delivery.poll(exchange(AT + number)) for edge in (first, second)))
        assert sorted(id for answer in answers for id in ids(answer)) == [str(number)]
    assert kafka.steps("50").count("claimed") == 2


async def test_one_edge_asked_twice_at_once_gives_a_command_once() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka)
    edge.view.read_all()
    answers = await asyncio.gather(*(edge.delivery.poll(exchange()) for _ in range(2)))
    assert edge.kafka.steps("7").count("claimed") == 2
    assert sorted(answers) == [b"C:7:INFO\n", b"OK"]


async def test_unanswered_it_goes_again_after_the_lease_as_often_as_it_may() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, max_sends=2)
    polls = [await edge.poll(AT + number * RESEND_AFTER_MS // 2) for number in range(8)]
    assert [ids(answer) for answer in polls] == [["7"], [], ["7"], [], [], [], [], []]


async def test_a_view_that_is_too_slow_hands_out_nothing_and_the_claim_lapses() -> None:
    edge = TestEdge(MemoryKafka(), deadline_seconds=0.05)
    request(edge.kafka)
    edge.view.read_all()
    edge.view.stalled = True
    assert await edge.poll() == b"OK"
    assert edge.kafka.steps("7") == ["requested", "claimed"]
    edge.view.stalled = False
    assert await edge.poll(AT + RESEND_AFTER_MS - 1) == b"OK"
    assert ids(await edge.poll(AT + RESEND_AFTER_MS)) == ["7"]


@pytest.mark.parametrize("mode", ["fail", "full"])
async def test_a_kafka_that_takes_nothing_hands_out_nothing(mode: str) -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka)
    edge.view.read_all()
    edge.kafka.mode = mode
    assert await edge.poll() == b"OK"
    edge.kafka.mode = "ack"
    assert ids(await edge.poll()) == ["7"]


async def test_an_answer_between_claim_and_hand_out_stops_it() -> None:
    """A resend that is under way when the device's late answer reaches the log: it must not be done twice."""
    kafka = MemoryKafka()
    edge, other = TestEdge(kafka, "edge-a"), TestEdge(kafka, "edge-b")
    request(kafka)
    await edge.poll()
    later = AT + RESEND_AFTER_MS
    other.view.read_all()
    reached = edge.view.reached

    async def answered_first(position: Any) -> None:
        await other.result(b"ID=7&Return=0&CMD=INFO\n", later)
        edge.view.read_all()
        await reached(position)

    edge.view.reached = answered_first  # type: ignore[method-assign]  # the moment between claim and fold
    assert await edge.poll(later) == b"OK"
    assert edge.state().status is CommandStatus.DONE


async def test_at_most_200_at_once_in_order_of_request() -> None:
    edge = TestEdge(MemoryKafka())
    for number in range(1000, 1250):
        request(edge.kafka, str(number))
    assert ids(await edge.poll()) == [str(number) for number in range(1000, 1200)]
    assert ids(await edge.poll()) == [str(number) for number in range(1200, 1250)]


@pytest.mark.parametrize(("link", "limit"), [("lan", 40 * 1024), ("gprs", 10 * 1024)])
async def test_at_most_so_many_bytes_at_once(link: Any, limit: int) -> None:
    edge = TestEdge(MemoryKafka())
    for number in range(1, 100):
        request(edge.kafka, str(number), b"x" * 990)
    period = replace(PERIOD, link=link)
    answer = await edge.poll(period=period)
    assert limit - 1100 < len(answer) <= limit
    assert ids(await edge.poll(period=period))[0] == str(len(ids(answer)) + 1)


async def test_one_that_is_too_large_goes_alone() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1")
    request(edge.kafka, "2", b"x" * 60_000)
    request(edge.kafka, "3")
    assert [ids(await edge.poll()) for _ in range(3)] == [["1"], ["2"], ["3"]]


async def test_what_must_be_last_ends_the_answer() -> None:
    edge = TestEdge(MemoryKafka())
    for command_id, name, text in (
        ("1", "device.info", b"INFO"),
        ("2", "device.reboot", b"REBOOT"),
        ("3", "device.info", b"INFO"),
    ):
        request(edge.kafka, command_id, text, name=name)
    assert await edge.poll() == b"C:1:INFO\nC:2:REBOOT\n"
    assert ids(await edge.poll()) == ["3"]


async def test_what_this_edge_cannot_read_does_not_stop_the_rest() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", name="from.a.newer.version")
    request(edge.kafka, "2")
    broken = edge.kafka.commands[-1]
    edge.kafka.commands[-1] = replace(broken, headers=(("text", b"\0" * 40), ("sealed", b"acme.1")))
    request(edge.kafka, "3")
    edge.kafka.commands[-1] = replace(edge.kafka.commands[-1], headers=(("text", b"\0" * 40), ("sealed", b"other.1")))
    request(edge.kafka, "4")
    assert ids(await edge.poll()) == ["4"]


async def test_later_waves_wait_until_the_canary_came_back() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", b"SET OPTION IPAddress=1.2.3.4", name="option.set", batch="b", confirm=True)
    request(
        edge.kafka, "2", b"SET OPTION IPAddress=1.2.3.5", name="option.set", serial="SN2", batch="b", wave=1,
        waits_for=1, confirm=True,
    )  # fmt: skip
    assert await edge.poll(serial="SN2") == b"OK"
    assert ids(await edge.poll()) == ["1"]
    await edge.result(b"ID=1&Return=0&CMD=SET OPTION\n", AT + 100)
    assert await edge.poll(AT + 200) == b"OK"  # at once: it has not yet left
    assert await edge.poll(AT + 200, serial="SN2") == b"OK"
    assert edge.state("1").confirmed_at is None
    back = AT + 100 + CONFIRM_AFTER_MS
    assert await edge.poll(back) == b"OK"
    assert edge.state("1").confirmed_at == back
    assert ids(await edge.poll(back, serial="SN2")) == ["2"]


async def test_a_failed_canary_stops_the_waves() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", batch="b", confirm=True)
    request(edge.kafka, "2", serial="SN2", batch="b", wave=1, waits_for=1, confirm=True)
    await edge.poll()
    await edge.result(b"ID=1&Return=-1&CMD=INFO\n")
    for later in (1, CONFIRM_AFTER_MS, 10 * CONFIRM_AFTER_MS):
        await edge.poll(AT + later)
        assert await edge.poll(AT + later, serial="SN2") == b"OK"


async def test_a_new_communication_key_is_confirmed_by_a_request_that_carries_it() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", b"SET OPTION PushComKey=246810", name="option.set", confirm=True)
    await edge.poll(query="ComKey=111111")
    await edge.result(b"ID=1&Return=0&CMD=SET OPTION\n")
    await edge.poll(AT + CONFIRM_AFTER_MS, query="ComKey=111111")
    await edge.delivery.close()
    assert edge.effects.calls == []
    edge.effects.failure = DeliveryFailed("no")
    await edge.poll(AT + CONFIRM_AFTER_MS, query="pushcommkey=246810")
    await edge.delivery.close()
    assert edge.state("1").confirmed_at is None
    edge.effects.failure = None
    edge.delivery.came_back(exchange(AT + CONFIRM_AFTER_MS, query="pushcommkey=246810"))  # a handshake
    await edge.delivery.close()
    assert edge.effects.calls == [("SN1", "246810")]
    assert edge.state("1").confirmed_at == AT + CONFIRM_AFTER_MS
    assert not edge.view.has_open("SN1")
