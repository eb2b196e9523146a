"""The life of commands on the genuine Kafka: several edges, restarts, kills, limits, ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import replace

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from ingest.commands.delivery import CONFIRM_AFTER_MS
from ingest.commands.orders import Order
from runtime import topics
from runtime.communication_keys import digest, matches
from runtime.raw_bodies import open_raw
from runtime.settings import Settings
from schemas.command_state import RESEND_AFTER_MS, CommandStatus
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod, DeviceRecord
from tests.integration.helpers import make_settings, until
from tests.integration.ingest.commands.support import ANNA, RealEdge, events_of, ids_in, know, log_of, running_edge
from tests.unit.ingest.commands.stand_ins import PERIOD
from tests.unit.ingest.stand_ins import KEYS

log = logging.getLogger(__name__)
SERIALS = [f"SN{number}" for number in range(1, 51)]


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix)
    await topics.apply(settings.kafka)
    await know(settings.kafka, *(DeviceRecord(serial, (PERIOD,)) for serial in SERIALS))
    return settings


def now() -> int:
    return int(time.time() * 1000)


async def folded(edge: RealEdge, serial: str, command_id: str, status: CommandStatus) -> None:
    def is_so() -> bool:
        state = edge.view.find(serial, command_id)
        return state is not None and state.status is status

    await until(is_so, f"{command_id} is {status}")


async def test_a_device_that_asks_two_edges_at_once_gets_each_command_once(settings: Settings) -> None:
    rounds, handed_out, waits = 8, 0, []
    async with running_edge(settings, "a") as first, running_edge(settings, "b") as second:

        async def ask_both(serial: str, command_id: str) -> int:
            started = time.monotonic()
            answers = await asyncio.gather(*(edge.poll(serial, now()) for edge in (first, second, first)))
            waits.append(time.monotonic() - started)
            assert sorted(answers) == [b"C:%s:INFO\n" % command_id.encode(), b"OK", b"OK"]
            await second.result(serial, b"ID=%s&Return=0&CMD=INFO\n" % command_id.encode(), now())
            return 1

        for _ in range(rounds):
            ids = await first.ask(SERIALS)
            await until(lambda: len(second.view.open_commands()) == len(SERIALS), "both edges know them")
            handed_out += sum(await asyncio.gather(*map(ask_both, SERIALS, ids)))
            await until(lambda: not first.view.open_commands() and not second.view.open_commands(), "all are done")
    claims = Counter(
        (event.device, event.command_id) for event in await events_of(settings.kafka) if event.step == "claimed"
    )
    contested = sum(count > 1 for count in claims.values())
    waits.sort()
    assert contested > handed_out / 2  # or it has not been tried
    log.warning(
        "%d commands, each asked for 3 times at 2 edges at once: %d contested, none twice; answered in p50 %.0f ms, "
        "p99 %.0f ms", handed_out, contested, waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000,
    )  # fmt: skip


async def test_an_edge_that_has_not_read_the_command_yet_takes_its_answer(settings: Settings) -> None:
    async with running_edge(settings, "a") as first, running_edge(settings, "b") as second:
        for _ in range(30):
            (command_id,) = await first.ask(["SN1"])
            assert ids_in(await first.poll("SN1", now())) == [command_id]
            await second.result("SN1", b"ID=%s&Return=0&CMD=INFO\n" % command_id.encode(), now())
            await folded(first, "SN1", command_id, CommandStatus.DONE)
        assert (
            await second.result("SN1", b"ID=999999999&Return=0&CMD=INFO\n", now()) == b"OK"
        )  # read to the end: nobody's


async def test_commands_outlive_every_edge(settings: Settings) -> None:
    async with running_edge(settings, "a") as edge:
        waiting, offered = await edge.ask(["SN1", "SN2"])
        assert ids_in(await edge.poll("SN2", now())) == [offered]
    async with running_edge(settings, "b") as edge:
        assert edge.view.counts()[CommandStatus.WAITING] == 1
        assert await edge.poll("SN2", now()) == b"OK"
        await edge.result("SN2", b"ID=%s&Return=0&CMD=INFO\n" % offered.encode(), now())
        await folded(edge, "SN2", offered, CommandStatus.DONE)
        assert ids_in(await edge.poll("SN1", now())) == [waiting]
    async with running_edge(settings, "c") as edge:
        assert [(s.requested.command_id, s.status.value) for s in edge.view.of_device("SN2")] == [(offered, "done")]
        assert ids_in(await edge.poll("SN1", now() + RESEND_AFTER_MS)) == [waiting]


async def test_an_edge_that_dies_between_claim_and_answer_loses_nothing(settings: Settings) -> None:
    at = now()
    async with running_edge(settings, "b") as other:
        async with running_edge(settings, "a") as dying:
            (command_id,) = await dying.ask(["SN1"])
            never = asyncio.Event()
            dying.view.reached = lambda _: never.wait()  # type: ignore[method-assign,assignment,return-value]  # it dies there
            poll = asyncio.create_task(dying.poll("SN1", at))
            await folded(other, "SN1", command_id, CommandStatus.OFFERED)
            poll.cancel()
        assert [event.step.value for event in await log_of(settings.kafka, "SN1", command_id)] == [
            "requested",
            "claimed",
        ]
        assert await other.poll("SN1", at + RESEND_AFTER_MS - 1) == b"OK"
        assert ids_in(await other.poll("SN1", at + RESEND_AFTER_MS)) == [command_id]


async def test_unanswered_ones_go_again_so_often_then_they_are_expired_by_whoever_sweeps(settings: Settings) -> None:
    at = now()
    async with running_edge(settings, "a") as first, running_edge(settings, "b") as second:
        (command_id,) = await first.ask(["SN1"])
        handed_out = 0
        for number in range(6):
            edge = (first, second)[number % 2]
            await until(lambda e=edge: e.view.has_open("SN1"), "it is known")
            handed_out += len(ids_in(await edge.poll("SN1", at + number * RESEND_AFTER_MS)))
        assert handed_out == 3
        end = at + 3 * RESEND_AFTER_MS
        assert await first.sweeper(end - 1).sweep() == 0
        assert list(await asyncio.gather(*(edge.sweeper(end).sweep() for edge in (first, second)))) == [1, 1]
        for edge in (first, second):
            await folded(edge, "SN1", command_id, CommandStatus.EXPIRED)
        await second.result("SN1", b"ID=%s&Return=0&CMD=INFO\n" % command_id.encode(), end)
        state = first.view.find("SN1", command_id)
        await until(lambda: bool((s := first.view.find("SN1", command_id)) and s.late_answers == 1), "the late answer")
        assert state is not None
        assert state.end_reason == "handed out 3 times, never answered"
        assert await first.poll("SN1", end) == b"OK"


async def test_limits_of_an_answer_and_what_must_be_last(settings: Settings) -> None:
    users = [Order("SN1", "user.update", {"pin": str(number), "name": "x" * 40}) for number in range(1, 251)]
    gprs = [Order("SN2", "user.update", {"pin": str(number), "name": "x" * 40}) for number in range(1, 251)]
    pictures = [Order("SN3", "biophoto.update", {"pin": "1", "type": 9, "content": "QUJD" * 2500}) for _ in range(6)]
    async with running_edge(settings, "a") as edge:
        await edge.commands.desk.request_many([*users, *gprs], operator=ANNA)
        answer = await edge.poll("SN1", now())
        assert len(ids_in(answer)) == 200
        assert len(ids_in(await edge.poll("SN1", now()))) == 50
        answer = await edge.poll("SN2", now(), period=replace(PERIOD, link="gprs"))
        assert 10_000 < len(answer) <= 10 * 1024
        await edge.commands.desk.request_many(pictures, operator=ANNA)
        answers = [await edge.poll("SN3", now()) for _ in range(2)]
        assert 30_000 < len(answers[0]) <= 40 * 1024
        assert sum(len(ids_in(answer)) for answer in answers) == 6
        await edge.commands.desk.request_many(
            [Order("SN4", "device.info"), Order("SN4", "device.reboot"), Order("SN4", "device.info")], operator=ANNA
        )
        lines = (await edge.poll("SN4", now())).splitlines()
        assert [line.split(b":")[2] for line in lines] == [b"INFO", b"REBOOT"]
        assert len(ids_in(await edge.poll("SN4", now()))) == 1


async def test_a_rollout_over_two_edges_waits_for_each_wave(settings: Settings) -> None:
    at = now()
    async with running_edge(settings, "a") as first, running_edge(settings, "b") as second:
        arguments = {"item": "WebServerIP", "value": "10.0.0.9"}
        ids = await first.ask(SERIALS[:4], "option.set", arguments=arguments, yes=True, reason="move")
        await until(lambda: len(second.view.open_commands()) == 4, "both know")
        for wave in ([0], [1], [2, 3]):
            for edge in (first, second):
                for later in range(wave[-1] + 1, 4):
                    assert await edge.poll(SERIALS[later], at) == b"OK"
            for index in wave:
                assert ids_in(await second.poll(SERIALS[index], at)) == [ids[index]]
                await first.result(SERIALS[index], b"ID=%s&Return=0&CMD=SET OPTION\n" % ids[index].encode(), at)
                await folded(second, SERIALS[index], ids[index], CommandStatus.DONE)
            at += CONFIRM_AFTER_MS
            for index in wave:
                await second.poll(SERIALS[index], at)
                for edge in (first, second):
                    await until(
                        lambda e=edge, i=index: not e.view.has_open(SERIALS[i]),
                        "it came back",
                    )


async def test_the_output_of_a_shell_lies_sealed_where_the_answer_says(stack: LocalStack, topic_prefix: str) -> None:
    settings = make_settings(stack, topic_prefix, "control.allow_shell=true")
    await topics.apply(settings.kafka)
    await know(settings.kafka, DeviceRecord("SN1", (PERIOD,)))
    async with running_edge(settings, "a") as edge:
        await asyncio.gather(*(edge.result("SN1", b"ID=noise&Return=0\n", now()) for _ in range(20)))
        (command_id,) = await edge.ask(["SN1"], "device.shell", arguments={"command": "ls"}, yes=True, reason="look")
        await edge.poll("SN1", now())
        body = b"ID=%s&SN=SN1&Return=0&CMD=Shell\nContent=Passwd=1234\n\0\xff" % command_id.encode()
        noise = [edge.result("SN1", b"ID=noise&Return=0\n", now()) for _ in range(20)]
        await asyncio.gather(*noise, edge.result("SN1", body, now()))
        await folded(edge, "SN1", command_id, CommandStatus.DONE)
    answer = (await log_of(settings.kafka, "SN1", command_id))[-1]
    topic, partition, offset = answer.stored.split("/")
    async with KafkaReader(settings.kafka) as reader:
        (found,) = [
            one async for one in reader.records(topic) if (one.partition, one.offset) == (int(partition), int(offset))
        ]
    assert b"Passwd" not in found.value
    assert open_raw(KEYS, topic, RawHeaders.decode(found.headers), found.value) == body


async def test_what_commands_change_is_in_the_registry(settings: Settings) -> None:
    old = digest(KEYS.sealer("acme"), "111111")
    await know(settings.kafka, DeviceRecord("SN1", (replace(PERIOD, key_digests=(old,)),)))
    async with running_edge(settings, "a") as edge:
        await until(lambda: _period(edge).key_digests == (old,), "the registry is known")
        arguments: dict[str, str | int] = {"state": 1, "value": 15}
        (command_id,) = await edge.ask(["SN1"], "attendance_state.map", arguments=arguments)
        await edge.poll("SN1", now())
        at = now()
        await edge.result("SN1", b"ID=%s&Return=0&CMD=DATA\n" % command_id.encode(), at)
        await until(lambda: _period(edge).state_map == {"15": 1}, "the map is known")
        record = edge.registry.device_record("SN1")
        assert record is not None
        assert [(one.valid_from, one.valid_to, one.state_map) for one in record.periods] == [
            (None, at, {}), (at, None, {"15": 1}),
        ]  # fmt: skip
        new_key = {"item": "PushComKey", "value": "246810"}
        (command_id,) = await edge.ask(["SN1"], "option.set", arguments=new_key, yes=True, reason="rotation")
        await until(lambda: len(_period(edge).key_digests) == 2, "both keys are good")
        assert matches(KEYS, "246810", _period(edge).key_digests)
        assert matches(KEYS, "111111", _period(edge).key_digests)
        await edge.poll("SN1", now(), query="ComKey=111111")
        await edge.result("SN1", b"ID=%s&Return=0&CMD=SET OPTION\n" % command_id.encode(), now())
        await folded(edge, "SN1", command_id, CommandStatus.DONE)
        await edge.poll("SN1", now(), query="ComKey=246810")
        await until(lambda: len(_period(edge).key_digests) == 1, "the old key is gone")
        assert matches(KEYS, "246810", _period(edge).key_digests)
        assert _period(edge).state_map == {"15": 1}
        await until(lambda: not edge.view.has_open("SN1"), "it is confirmed")


def _period(edge: RealEdge) -> DevicePeriod:
    known = edge.registry.device("SN1")
    period = known.at(now()) if known else None
    assert period is not None
    return period
