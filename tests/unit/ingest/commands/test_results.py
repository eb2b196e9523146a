"""What an answer of a device becomes: kept, read by its command's own table, and never lost or counted twice."""

from __future__ import annotations

import pytest

from ingest.commands.results import MAX_RESULTS
from ingest.errors import Reason, Retriable
from runtime.errors import DeliveryFailed
from schemas.command_state import CommandStatus
from schemas.commands import CommandOutcome
from tests.unit.ingest.commands.stand_ins import AT, MemoryKafka, TestEdge, request


async def handed_out(command_id: str = "7", text: bytes = b"INFO", name: str = "device.info") -> TestEdge:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, command_id, text, name=name)
    assert await edge.poll() != b"OK"
    return edge


async def test_an_answer_is_kept_sealed_then_written_then_acknowledged() -> None:
    edge = await handed_out()
    body = b"ID=7&Return=0&CMD=INFO\n~DeviceName=X\nPushComKey=88888888\nFWVersion=Ver 6.60\n"
    assert await edge.result(body, AT + 9) == b"OK"
    assert edge.emitter.bodies == [body]
    event = edge.kafka.events[-1]
    assert (event.step, event.outcome, event.return_code, event.meaning) == ("answered", "done", 0, "success")
    assert event.answer == "~DeviceName=X, PushComKey=(hidden), FWVersion=Ver 6.60"
    assert event.request_id == "raw.results/3/41"
    assert event.stored == ""
    assert edge.state().status is CommandStatus.DONE


@pytest.mark.parametrize(
    ("name", "body", "outcome", "code"),
    [
        ("device.info", b"ID=7&Return=-1&CMD=INFO", "failed", -1),
        ("device.info", b"ID=7&Return=2&CMD=INFO", "failed", 2),
        ("file.get", b"ID=7&SN=SN1\nFILENAME=x\nCMD=GetFile\nReturn=5\nContent=a\nb\0c", "done", 5),
        ("enroll.fingerprint", b"ID=7&Return=4&CMD=ENROLL_FP", "failed", 4),
        ("device.info", b"ID=7&Return=-5000&CMD=INFO", "pending", -5000),
        ("device.info", b"ID=7&Return=DEV CFG ERROR&CMD=INFO", "failed", None),
    ],
)
async def test_a_code_means_what_its_command_says(name: str, body: bytes, outcome: str, code: int | None) -> None:
    edge = await handed_out(name=name)
    await edge.result(body)
    event = edge.kafka.events[-1]
    assert (event.outcome, event.return_code) == (outcome, code)


async def test_what_a_device_says_instead_of_a_code_reaches_the_person() -> None:
    edge = await handed_out()
    await edge.result(b"ID=7&Return=DEV CFG ERROR&CMD=INFO")
    assert edge.kafka.events[-1].answer == "DEV CFG ERROR"


@pytest.mark.parametrize("name", ["file.get", "device.shell"])
async def test_files_and_shells_are_only_pointed_at(name: str) -> None:
    edge = await handed_out(name=name)
    await edge.result(b"ID=7&SN=SN1&Return=5&CMD=Shell\nsecret=1\nContent=Passwd=1234\nmore")
    event = edge.kafka.events[-1]
    assert (event.answer, event.stored) == ("", "raw.results/3/41")


async def test_pending_then_final() -> None:
    edge = await handed_out()
    await edge.result(b"ID=7&Return=-5000&CMD=INFO\n")
    assert edge.state().status is CommandStatus.PENDING
    await edge.result(b"ID=7&SN=SUB1&Return=0&CMD=INFO\n")
    assert edge.state().status is CommandStatus.DONE


async def test_several_answers_in_one_body_and_doubled_ones() -> None:
    edge = TestEdge(MemoryKafka())
    for command_id in ("7", "8"):
        request(edge.kafka, command_id)
    await edge.poll()
    for _ in range(2):
        assert await edge.result(b"ID=7&Return=0&CMD=INFO\nID=8&Return=-1&CMD=INFO\n\n") == b"OK"
    assert [edge.state(one).status.value for one in ("7", "8")] == ["done", "failed"]
    assert [edge.state(one).late_answers for one in ("7", "8")] == [1, 1]


async def test_ids_that_nobody_gave_out_are_kept_and_acknowledged() -> None:
    edge = TestEdge(MemoryKafka())
    for body in (b"ID=iclock&Return=0&CMD=X", b"ID=999&Return=0&CMD=X", b"ID=1234567890123&Return=0", b"junk\xff\n"):
        assert await edge.result(body) == b"OK"
    assert len(edge.emitter.bodies) == 4
    assert edge.kafka.commands == []


async def test_an_edge_whose_view_is_behind_reads_up_before_it_calls_an_id_unknown() -> None:
    kafka = MemoryKafka()
    first, behind = TestEdge(kafka, "edge-a"), TestEdge(kafka, "edge-b")
    request(kafka)
    await first.poll()
    assert behind.view.find("SN1", "7") is None
    await behind.result(b"ID=7&Return=0&CMD=INFO\n")
    assert first.state().status is CommandStatus.DONE


async def test_a_view_that_does_not_get_there_makes_the_device_send_again() -> None:
    kafka = MemoryKafka()
    behind = TestEdge(kafka, "edge-b", deadline_seconds=0.05)
    request(kafka)
    behind.view.stalled = True
    with pytest.raises(Retriable):
        await behind.result(b"ID=7&Return=0&CMD=INFO\n")


async def test_what_is_not_stored_is_not_acknowledged() -> None:
    edge = await handed_out()
    edge.kafka.mode = "fail"
    with pytest.raises(Retriable) as refusal:
        await edge.result(b"ID=7&Return=0&CMD=INFO\n")
    assert refusal.value.status == 503
    edge.kafka.mode = "ack"
    assert await edge.result(b"ID=7&Return=0&CMD=INFO\n") == b"OK"
    edge.emitter.failure = Retriable(Reason.NOT_ACKNOWLEDGED, "no")
    with pytest.raises(Retriable):
        await edge.result(b"ID=7&Return=0&CMD=INFO\n")


async def test_an_empty_body_is_nothing() -> None:
    edge = TestEdge(MemoryKafka())
    assert await edge.result(b"") == b"OK"
    assert edge.emitter.bodies == []


async def test_a_body_full_of_answers_makes_so_many_records_and_no_more() -> None:
    edge = await handed_out()
    before = len(edge.kafka.commands)
    await edge.result(b"ID=7&Return=0&CMD=INFO\n" * (MAX_RESULTS + 50))
    assert len(edge.kafka.commands) - before == MAX_RESULTS


@pytest.mark.parametrize("confirm", [False, True])
async def test_a_changed_state_map_is_recorded_once_and_before_the_answer_counts(confirm: bool) -> None:
    line = b"DATA UPDATE ATTSTATE AttStateKey=1\tAttStateValue=15"
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "7", line, name="attendance_state.map", confirm=confirm)
    await edge.poll()
    edge.effects.failure = DeliveryFailed("no")
    with pytest.raises(Retriable):
        await edge.result(b"ID=7&Return=0&CMD=DATA\n")
    assert edge.state().is_open
    edge.effects.failure = None
    await edge.result(b"ID=7&Return=0&CMD=DATA\n")
    edge.view.read_all()
    await edge.result(b"ID=7&Return=0&CMD=DATA\n")  # late: something else may hold by now
    assert edge.effects.calls == [("SN1", line.decode())]


async def test_a_failed_change_changes_nothing() -> None:
    edge = await handed_out(text=b"RESET ALL FUNCKEYS", name="function_key.reset")
    await edge.result(b"ID=7&Return=-1&CMD=RESET\n")
    assert edge.effects.calls == []
    assert edge.kafka.events[-1].outcome is CommandOutcome.FAILED
