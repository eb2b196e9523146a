"""The fold of a command's records: what two edges can do at once, what absorbs, what ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from schemas.command_state import (
    LONGEST_LIFE_MS,
    RESEND_AFTER_MS,
    CommandState,
    CommandStatus,
    fold,
    wave_is_open,
)
from schemas.commands import CommandEvent, CommandOutcome, CommandStep

AT = 1_790_000_000_000


def event(step: CommandStep, at: int = AT, by: str = "edge:a", **more: Any) -> CommandEvent:
    return CommandEvent(step=step, tenant="acme", device="SN1", command_id="7", at=at, by=by, **more)


def requested(**more: Any) -> CommandEvent:
    return event(CommandStep.REQUESTED, **{"name": "device.info", "max_sends": 3, "by": "anna", **more})


def folded(*events: CommandEvent) -> CommandState:
    state: CommandState | None = None
    for one in events:
        state = fold(state, one)
    assert state is not None
    return state


def claimed(at: int = AT, by: str = "edge:a", request: str = "r1") -> CommandEvent:
    return event(CommandStep.CLAIMED, at, by, request_id=request)


def answered(at: int = AT + 500, outcome: CommandOutcome = CommandOutcome.DONE) -> CommandEvent:
    return event(CommandStep.ANSWERED, at, outcome=outcome, return_code=0)


def test_the_first_claim_in_the_log_has_it_whatever_its_time() -> None:
    state = folded(requested(), claimed(AT + 9, "edge:b", "rb"), claimed(AT, "edge:a", "ra"))
    assert state.is_claim_of("edge:b", "rb")
    assert not state.is_claim_of("edge:a", "ra")
    assert state.sends == 1


@pytest.mark.parametrize(("later_ms", "takes_over"), [(RESEND_AFTER_MS - 1, False), (RESEND_AFTER_MS, True)])
def test_a_claim_is_a_lease(later_ms: int, takes_over: bool) -> None:
    state = folded(requested(), claimed(AT), claimed(AT + later_ms, "edge:b", "rb"))
    assert state.is_claim_of("edge:b", "rb") is takes_over
    assert state.sends == 1 + takes_over


def test_it_is_handed_out_as_often_as_it_may_then_it_is_over() -> None:
    claims = [claimed(AT + number * RESEND_AFTER_MS, request=f"r{number}") for number in range(5)]
    state = folded(requested(max_sends=2), *claims)
    assert state.sends == 2
    end = state.claimed_at + RESEND_AFTER_MS
    assert not state.is_over(end - 1)
    assert state.over_reason(end) == "handed out 2 times, never answered"
    assert folded(requested(max_sends=2), *claims[:2], event(CommandStep.EXPIRED, end)).status is CommandStatus.EXPIRED


def test_sent_counts_for_the_claim_that_counts_only() -> None:
    sent = event(CommandStep.SENT, AT + 5, request_id="r1")
    assert folded(requested(), claimed(), sent).sent_at == AT + 5
    assert folded(requested(), claimed(), replace(sent, request_id="other")).sent_at is None
    assert folded(requested(), claimed(), sent, claimed(AT + RESEND_AFTER_MS, "edge:b", "rb")).sent_at is None


def test_pending_is_not_sent_again_and_ends_with_the_final_answer() -> None:
    pending = folded(requested(), claimed(), answered(outcome=CommandOutcome.PENDING))
    assert pending.status is CommandStatus.PENDING
    assert not pending.is_offerable(AT + 10 * RESEND_AFTER_MS)
    assert not pending.is_over(AT + 10 * RESEND_AFTER_MS)
    assert fold(pending, answered()).status is CommandStatus.DONE  # type: ignore[union-attr]  # pending is a state


def test_an_expiry_by_somebody_who_had_not_read_the_answer_pending_changes_nothing() -> None:
    over = AT + RESEND_AFTER_MS
    state = folded(
        requested(max_sends=1), claimed(), answered(outcome=CommandOutcome.PENDING), event(CommandStep.EXPIRED, over)
    )
    assert state.status is CommandStatus.PENDING


def test_late_and_doubled_answers_are_kept_beside() -> None:
    late = answered(AT + 999, CommandOutcome.FAILED)
    done = folded(requested(), claimed(), answered(), late)
    assert (done.status, done.late_answers, done.late_answer) == (CommandStatus.DONE, 1, late)
    expired = folded(requested(expires_at=AT + 9), claimed(), event(CommandStep.EXPIRED, AT + 9), late)
    assert (expired.status, expired.late_answers, expired.answer) == (CommandStatus.EXPIRED, 1, None)


def test_an_answer_to_what_was_never_handed_out_is_somebody_elses() -> None:
    state = folded(requested(), answered())
    assert (state.status, state.late_answers) == (CommandStatus.WAITING, 1)
    assert state.is_offerable(AT)


def test_an_expired_one_is_neither_offered_nor_claimed() -> None:
    state = folded(requested(expires_at=AT + 9), claimed(AT + 9))
    assert state.sends == 0
    assert not state.is_offerable(AT + 9)
    assert state.over_reason(AT + 9) == "too late: never handed out"


def test_nothing_outlives_the_retention_of_its_topic() -> None:
    state = folded(requested(), claimed(), answered(outcome=CommandOutcome.PENDING))
    assert not state.is_over(AT + LONGEST_LIFE_MS - 1)
    assert state.is_over(AT + LONGEST_LIFE_MS)


def test_confirmed_counts_once_and_for_done_ones_only() -> None:
    confirmed = event(CommandStep.CONFIRMED, AT + 70_000)
    asked = requested(confirm=True)
    assert folded(asked, claimed(), confirmed).confirmed_at is None
    done = folded(asked, claimed(), answered())
    assert done.is_awaited
    back = folded(asked, claimed(), answered(), confirmed, replace(confirmed, at=AT + 99_000))
    assert (back.confirmed_at, back.is_awaited) == (AT + 70_000, False)
    assert not folded(requested(), claimed(), answered()).is_awaited
    assert not folded(asked, claimed(), answered(outcome=CommandOutcome.FAILED)).is_awaited


def test_a_wave_goes_when_all_of_the_earlier_ones_are_confirmed_and_never_because_they_are_not_read_yet() -> None:
    second = requested(wave=1, waits_for=2)
    assert [wave_is_open(second, confirmed) for confirmed in (0, 1, 2)] == [False, False, True]
    assert wave_is_open(requested(), 0)


def test_the_first_request_under_an_id_has_it() -> None:
    state = folded(requested(batch="one"), requested(batch="two"))
    assert state.requested.batch == "one"
    assert fold(None, claimed()) is None


@dataclass
class Edge:
    """An edge whose view lags behind the log, and whose clock is off."""

    name: str
    skew_ms: int
    read: int = 0
    state: CommandState | None = None
    waiting: list[tuple[int, int, str]] = field(default_factory=list)  # claims: place in the log, at, request


class TwoEdges(RuleBasedStateMachine):
    """Two edges serve one device, in any interleaving of claims, answers, expiries and of reading the log."""

    edges: Bundle[Edge] = Bundle("edges")

    @initialize(target=edges, skew=st.integers(-5_000, 5_000))
    def first(self, skew: int) -> Edge:
        self.log: list[CommandEvent] = [requested(max_sends=2, expires_at=AT + 5 * RESEND_AFTER_MS)]
        self.now = AT
        self.handed: list[tuple[int, int]] = []  # claim's `at`, real time of the claim
        self.real: dict[str, int] = {}
        self.ended_at: int | None = None
        self.ended: CommandState | None = None
        self.requests = 0
        return Edge("edge:a", skew)

    @initialize(target=edges, skew=st.integers(-5_000, 5_000))
    def second(self, skew: int) -> Edge:
        return Edge("edge:b", skew)

    @rule(ms=st.sampled_from([0, 1, 900, RESEND_AFTER_MS // 2, RESEND_AFTER_MS]))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule(edge=edges, records=st.integers(1, 3))
    def view_reads(self, edge: Edge, records: int) -> None:
        self._read(edge, edge.read + records)

    @rule(edge=edges, blindly=st.booleans())
    def poll(self, edge: Edge, blindly: bool) -> None:
        at = self.now + edge.skew_ms
        if blindly or (edge.state is not None and edge.state.is_offerable(at)):
            self.requests += 1
            request = f"r{self.requests}"
            self.real[request] = self.now
            edge.waiting.append((len(self.log), at, request))
            self.log.append(claimed(at, edge.name, request))

    @rule(edge=edges)
    def claim_is_folded(self, edge: Edge) -> None:
        if edge.waiting:
            place, at, request = edge.waiting.pop(0)
            self._read(edge, place + 1)
            if edge.state is not None and edge.state.is_claim_of(edge.name, request):
                self.handed.append((at, self.real[request]))

    @rule(outcome=st.sampled_from([CommandOutcome.DONE, CommandOutcome.FAILED, CommandOutcome.PENDING]))
    def device_answers(self, outcome: CommandOutcome) -> None:
        self.log.append(answered(self.now, outcome))

    @rule(edge=edges, step=st.sampled_from([CommandStep.EXPIRED, CommandStep.CANCELLED, CommandStep.CONFIRMED]))
    def somebody_writes(self, edge: Edge, step: CommandStep) -> None:
        self.log.append(event(step, self.now + edge.skew_ms, edge.name))

    def _read(self, edge: Edge, upto: int) -> None:
        while edge.read < min(upto, len(self.log)):
            edge.state = fold(edge.state, self.log[edge.read])
            edge.read += 1

    @invariant()
    def never_twice_within_a_lease(self) -> None:
        claims = sorted(self.handed)
        for (before, real_before), (after, real_after) in pairwise(claims):
            assert after - before >= RESEND_AFTER_MS
            assert abs(real_after - real_before) >= RESEND_AFTER_MS - 10_000  # what two clocks can be off by
        assert len(claims) <= 2

    @invariant()
    def an_end_absorbs(self) -> None:
        state = folded(*self.log)
        if self.ended is not None:
            assert (state.status, state.ended_at, state.answer, state.sends) == (
                self.ended.status, self.ended.ended_at, self.ended.answer, self.ended.sends,
            )  # fmt: skip
        elif not state.is_open:
            self.ended = state


TwoEdges.TestCase.settings = settings(max_examples=35, stateful_step_count=40, deadline=None)
TestTwoEdges = TwoEdges.TestCase
