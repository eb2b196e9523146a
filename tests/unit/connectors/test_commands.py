"""Commands of a source: claimed by one, done once, read back when nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import orjson
import pytest

from connectors.claims import Claims
from connectors.commands import CommandRunner
from connectors.errors import NotAllowed, OutcomeUnknown, Unreachable
from connectors.source import Done
from runtime.command_log import CommandLog
from runtime.command_texts import seal_text
from runtime.command_view import command_key
from runtime.errors import DeliveryFailed, KeyMissing, StateFenced
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.sealing import Sealer
from schemas.codec import encode_event
from schemas.command_state import CommandStatus
from schemas.commands import CommandEvent, CommandOutcome, CommandStep
from tests.unit.connectors.stand_ins import AT, KEY, Clock, MemoryState, ScriptedSource
from tests.unit.ingest.commands.stand_ins import MemoryKafka, MemoryView

SEALER = Sealer(b"k" * 32, "demo.1")


class Keys:
    has_key = True

    def opener(self, key_id: str) -> Sealer:
        if not self.has_key:
            raise KeyMissing(f"key {key_id!r} is not there")
        return SEALER

    def sealer(self, tenant: str) -> Sealer:
        return SEALER


@dataclass
class Made:
    kafka: MemoryKafka
    clock: Clock
    keys: Keys
    view: MemoryView
    claims: Claims
    state: MemoryState
    runner: CommandRunner
    source: ScriptedSource

    def ask(
        self, command_id: str, name: str, *, key: str = "", text: Any = None, max_sends: int = 3, **given: Any
    ) -> None:
        event = CommandEvent(
            step=CommandStep.REQUESTED, tenant="demo", device=KEY, command_id=command_id, at=int(self.clock() * 1000),
            by="anna", name=name, max_sends=max_sends, batch="b",
        )  # fmt: skip
        plain = orjson.dumps(text if text is not None else {"name": name, "arguments": given, "key": key})
        headers = seal_text(cast(KeyRing, self.keys), "demo", KEY, command_id, plain)
        self.kafka.append(
            "commands", command_key(KEY, command_id), encode_event(event), partition_by=b"", headers=headers
        )
        self.view.read_all()

    async def run_one(self, *, held: bool = False) -> bool:
        try:
            return await self.runner.run_one(self.source, held=held)
        finally:
            self.view.read_all()

    def status(self, command_id: str) -> CommandStatus:
        state = self.view.find(KEY, command_id)
        assert state is not None
        return state.status

    def answer(self, command_id: str) -> CommandEvent:
        state = self.view.find(KEY, command_id)
        assert state is not None
        assert state.answer is not None
        return state.answer


def make(kafka: MemoryKafka | None = None, worker: str = "w1", state: MemoryState | None = None) -> Made:
    kafka = kafka or MemoryKafka()
    clock, keys, view, state = Clock(), Keys(), MemoryView(kafka), state or MemoryState()
    claims = Claims(
        view, CommandLog(cast(Producer, kafka)), cast(KeyRing, keys), worker=worker, boot="b", clock=clock,
        monotonic=clock,
    )  # fmt: skip
    return Made(kafka, clock, keys, view, claims, state, CommandRunner(KEY, state, claims), ScriptedSource())


async def test_a_command_is_claimed_executed_and_answered() -> None:
    made = make()
    assert not made.runner.waiting()
    made.ask("1", "people.create", key="k1", code="7")
    assert made.runner.waiting()
    made.source.answers = [Done(True, "created", {"id": 12})]
    assert await made.run_one()
    (order,) = made.source.orders
    assert (order.command_id, order.name, order.arguments, order.key, order.attempt, order.by) == (
        "1", "people.create", {"code": "7"}, "k1", 1, "anna"
    )  # fmt: skip
    assert made.kafka.steps("1") == ["requested", "claimed", "sent", "answered"]
    answer = made.answer("1")
    assert (answer.outcome, answer.meaning, answer.answer, answer.by) == (
        CommandOutcome.DONE, "created", '{"id":12}', "connector:w1"
    )  # fmt: skip
    assert not made.runner.waiting()
    assert not await made.run_one()
    # What is fenced stands before the execution, what was done before the answer.
    assert [put["commands"]["under_way"] for put in made.state.puts] == [{"id": "1", "attempt": 1}, None]


async def test_the_same_key_again_is_answered_and_not_done_again() -> None:
    made = make()
    made.source.answers = [Done(False, "the server said no"), Done(True, "created")]
    for number in ("1", "2", "3"):
        made.ask(number, "people.create", key="same")
        assert await made.run_one()
    assert [order.command_id for order in made.source.orders] == ["1", "2"]
    assert [made.answer(number).outcome.value for number in "123"] == ["failed", "done", "done"]
    assert made.answer("3").meaning == "already done as command 2: created"


async def test_an_unknown_outcome_is_not_answered_and_goes_again_as_a_second_attempt_after_the_lease() -> None:
    made = make()
    made.ask("1", "people.create", max_sends=2)
    made.source.answers = [OutcomeUnknown("no answer in 10 s"), Done(True, "found: it was created")]
    assert await made.run_one()
    assert made.status("1") is CommandStatus.OFFERED
    assert not made.runner.waiting()
    made.clock.now += 121
    assert made.runner.waiting()
    assert await made.run_one()
    assert [order.attempt for order in made.source.orders] == [1, 2]
    assert made.status("1") is CommandStatus.DONE


async def test_it_is_handed_out_no_more_often_than_it_may() -> None:
    made = make()
    made.ask("1", "people.create", max_sends=1)
    made.source.answers = [RuntimeError("our own bug")]
    assert await made.run_one()
    made.clock.now += 121
    assert not made.runner.waiting()
    assert len(made.source.orders) == 1


async def test_an_answer_that_was_lost_is_given_by_the_heir_without_doing_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kafka, state = MemoryKafka(), MemoryState()
    first = make(kafka, "w1", state)
    first.ask("1", "relay.trigger")
    first.source.answers = [Done(True, "opened")]

    async def dies(*_: Any) -> None:
        raise DeliveryFailed("Kafka is away")

    monkeypatch.setattr(first.claims, "answer", dies)
    with pytest.raises(DeliveryFailed):
        await first.run_one()
    heir = make(kafka, "w2", state)
    heir.view.read_all()
    heir.clock.now += 121
    assert await heir.run_one()
    assert heir.source.orders == []
    assert (heir.answer("1").meaning, heir.answer("1").by) == ("opened", "connector:w2")


async def test_two_workers_that_both_hold_the_source_for_theirs_do_it_once() -> None:
    kafka = MemoryKafka()
    first, second = make(kafka, "w1"), make(kafka, "w2")
    first.ask("1", "relay.trigger")
    second.view.read_all()
    first.source.answers = second.source.answers = [Done(True, "opened")]
    assert second.runner.waiting()
    assert await first.run_one()
    assert not await second.run_one()
    assert (len(first.source.orders), len(second.source.orders)) == (1, 0)


async def test_a_worker_that_was_replaced_is_fenced_before_it_acts() -> None:
    made = make()
    made.ask("1", "relay.trigger")
    made.state.failure = StateFenced("taken over")
    with pytest.raises(StateFenced):
        await made.run_one()
    assert made.source.orders == []


async def test_an_old_claim_is_not_acted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    made.ask("1", "relay.trigger")
    put = made.state.put

    async def frozen(values: Any) -> None:
        made.clock.now += 60
        await put(values)

    monkeypatch.setattr(made.state, "put", frozen)
    assert await made.run_one()
    assert made.source.orders == []
    assert made.status("1") is CommandStatus.OFFERED


async def test_trouble_of_the_source_leaves_it_for_later() -> None:
    made = make()
    made.ask("1", "relay.trigger")
    made.source.answers = [Unreachable("no route")]
    with pytest.raises(Unreachable):
        await made.run_one()
    assert made.kafka.steps("1") == ["requested", "claimed", "sent"]


async def test_what_is_not_allowed_is_answered_as_failed() -> None:
    made = make()
    made.ask("1", "terminals.clear_all")
    made.source.answers = [NotAllowed("connectors.allow does not name terminals.clear_all")]
    assert await made.run_one()
    assert made.answer("1").meaning == "connectors.allow does not name terminals.clear_all"
    assert made.status("1") is CommandStatus.FAILED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ([], "not of people.create"),
        ({"name": "people.delete"}, "not of people.create"),
        ({"name": "people.create", "arguments": []}, "no arguments"),
        ({"name": "people.create", "key": "x" * 201}, "no short text"),
    ],
)
async def test_a_text_that_makes_no_sense_is_answered_as_failed(text: Any, why: str) -> None:
    made = make()
    made.ask("1", "people.create", text=text)
    assert await made.run_one()
    assert why in made.answer("1").meaning
    assert made.source.orders == []


async def test_without_its_key_a_command_waits_and_others_go_on() -> None:
    made = make()
    made.ask("1", "people.create")
    made.keys.has_key = False
    assert not await made.run_one()
    made.keys.has_key = True
    made.ask("2", "people.create")
    made.source.answers = [Done(True, "created")] * 2
    assert await made.run_one()
    assert made.source.orders[0].command_id == "2"
    assert not made.runner.waiting()
    made.clock.now += 31
    assert await made.run_one()
    assert made.status("1") is CommandStatus.DONE


async def test_while_the_source_is_held_only_orders_to_the_worker_go() -> None:
    made = make()
    made.ask("1", "people.create")
    made.ask("2", "connector.pause")
    assert await made.run_one(held=True)
    assert not await made.run_one(held=True)
    assert made.state.get("control") == {"paused": True}
    assert made.status("2") is CommandStatus.DONE
    assert made.status("1") is CommandStatus.WAITING


async def test_an_order_is_carried_out_once_even_when_its_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    made.ask("1", "connector.rescan")

    async def lost(*_: Any) -> None:
        raise DeliveryFailed("Kafka is away")

    monkeypatch.setattr(made.claims, "answer", lost)
    with pytest.raises(DeliveryFailed):
        await made.run_one()
    monkeypatch.undo()
    made.clock.now += 121
    assert await made.run_one()
    assert made.state.get("control") == {"rescan": {"n": 1}}
    assert made.status("1") is CommandStatus.DONE


async def test_what_is_remembered_is_bounded() -> None:
    made = make()
    for number in range(1, 151):
        made.ask(str(number), "people.create", key="ü" * 190 + f"{number:04}")
        made.source.answers = [Done(True, "ü" * 5000, {"x": "ü" * 5000})]
        assert await made.run_one()
    done = (made.state.get("commands") or {})["done"]
    assert [entry["id"] for entry in done.values()] == [str(number) for number in range(51, 151)]
    assert len(made.state.values["commands"]) < 512 * 1024
    assert len(made.answer("150").meaning) == 1000


def test_the_clock_of_the_tests_is_that_of_the_log() -> None:
    assert make().clock() == AT
