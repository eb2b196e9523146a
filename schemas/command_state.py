"""What the log of commands means: the state of one command as a fold over its records in log order. Source: DESIGN 4.

Pure and the same everywhere: whoever has read the same log knows the same, so any edge may serve any device. Only the
times within the records count, never the reader's clock.

A claim is a lease of RESEND_AFTER_MS from its own `at`: within it nobody else's claim counts, so a device is given a
command once, whichever edges it asks. Where the clocks of two edges differ, the second one's lease begins that much
earlier or later; clocks that differ by RESEND_AFTER_MS and more void it. Edges need synchronised clocks (NTP).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from schemas.commands import CommandEvent, CommandOutcome, CommandStep

# A device answers within seconds of its poll; one that did not within this time may be given the command again.
RESEND_AFTER_MS: Final = 120_000
# Nothing lives longer, whatever its `expires_at`. The topic keeps records for 30 days: a command that outlived its own
# `requested` would be unknown to an edge that starts, and still open at one that runs.
LONGEST_LIFE_MS: Final = 25 * 86_400_000


class CommandStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"  # handed to the device, or about to be
    PENDING = "pending"  # the device has taken it, its final answer follows
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN: Final = frozenset((CommandStatus.WAITING, CommandStatus.OFFERED, CommandStatus.PENDING))


@dataclass(frozen=True, slots=True)
class CommandState:
    """One command. Times are epoch milliseconds UTC; `requested` is the record that began it.

    late_answers counts answers that changed nothing: doubled ones, those after its end, and those to a command that was
    never handed out (another server's, under the same id). late_answer is the last of them.
    """

    requested: CommandEvent
    status: CommandStatus = CommandStatus.WAITING
    sends: int = 0
    claimed_by: str = ""
    claimed_at: int = 0
    claim_request: str = ""
    sent_at: int | None = None
    answer: CommandEvent | None = None
    confirmed_at: int | None = None
    ended_at: int | None = None
    end_reason: str = ""
    late_answers: int = 0
    late_answer: CommandEvent | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_awaited(self) -> bool:
        """Whether it is done, and its device must be seen again but was not yet."""
        return self.status is CommandStatus.DONE and self.requested.confirm and self.confirmed_at is None

    def is_offerable(self, at: int) -> bool:
        """Whether a claim made at `at` would be valid (rollout waves aside: `wave_is_open`)."""
        if self.status not in (CommandStatus.WAITING, CommandStatus.OFFERED) or self.is_over(at):
            return False
        return self.sends < self.requested.max_sends and (self.sends == 0 or not self._is_leased(at))

    def is_over(self, at: int) -> bool:
        """Whether nothing more can come of it but its end."""
        return bool(self.over_reason(at))

    def over_reason(self, at: int) -> str:
        """Why it is over at `at`, in words; empty while it is not."""
        requested = self.requested
        if at >= requested.at + LONGEST_LIFE_MS or (requested.expires_at is not None and at >= requested.expires_at):
            return "too late: " + ("its time ended before it was answered" if self.sends else "never handed out")
        if self.status is not CommandStatus.PENDING and self.sends >= requested.max_sends and not self._is_leased(at):
            return f"handed out {self.sends} times, never answered"
        return ""

    def is_claim_of(self, by: str, request_id: str) -> bool:
        """Whether the claim that counts now is this one."""
        return self.status is CommandStatus.OFFERED and self.claimed_by == by and self.claim_request == request_id

    def _is_leased(self, at: int) -> bool:
        return self.sends > 0 and at < self.claimed_at + RESEND_AFTER_MS


def fold(state: CommandState | None, event: CommandEvent) -> CommandState | None:
    """The state after one more record. Records of a command that nobody requested change nothing (None stays None)."""
    if event.step is CommandStep.REQUESTED:
        return state or CommandState(event)
    return None if state is None else _FOLDS[event.step](state, event)


def _claimed(state: CommandState, event: CommandEvent) -> CommandState:
    if not state.is_offerable(event.at):
        return state
    return replace(
        state,
        status=CommandStatus.OFFERED,
        sends=state.sends + 1,
        claimed_by=event.by,
        claimed_at=event.at,
        claim_request=event.request_id,
        sent_at=None,
    )


def _sent(state: CommandState, event: CommandEvent) -> CommandState:
    return replace(state, sent_at=event.at) if state.is_claim_of(event.by, event.request_id) else state


def _answered(state: CommandState, event: CommandEvent) -> CommandState:
    # A claim is in the log before its command goes to a device, so what was never claimed cannot have been answered.
    if not state.is_open or state.sends == 0:
        return replace(state, late_answers=state.late_answers + 1, late_answer=event)
    if event.outcome is CommandOutcome.PENDING:
        return replace(state, status=CommandStatus.PENDING, answer=event)
    status = CommandStatus.DONE if event.outcome is CommandOutcome.DONE else CommandStatus.FAILED
    return replace(state, status=status, answer=event, ended_at=event.at)


def _confirmed(state: CommandState, event: CommandEvent) -> CommandState:
    done = state.status is CommandStatus.DONE and state.confirmed_at is None
    return replace(state, confirmed_at=event.at) if done else state


def _expired(state: CommandState, event: CommandEvent) -> CommandState:
    # Who wrote it may not have read that the device has taken the command meanwhile.
    return _ended(state, event, CommandStatus.EXPIRED) if state.is_over(event.at) else state


def _cancelled(state: CommandState, event: CommandEvent) -> CommandState:
    return _ended(state, event, CommandStatus.CANCELLED)


def _ended(state: CommandState, event: CommandEvent, status: CommandStatus) -> CommandState:
    if not state.is_open:
        return state
    return replace(state, status=status, ended_at=event.at, end_reason=event.reason)


_FOLDS: Final = {
    CommandStep.CLAIMED: _claimed,
    CommandStep.SENT: _sent,
    CommandStep.ANSWERED: _answered,
    CommandStep.CONFIRMED: _confirmed,
    CommandStep.EXPIRED: _expired,
    CommandStep.CANCELLED: _cancelled,
}


def wave_is_open(requested: CommandEvent, confirmed: int) -> bool:
    """Whether a command may go, of whose batch so many are confirmed (none of a wave is before it is its turn).

    Counted up, not "none is left": a reader that has not read all of the batch yet must not take it for complete
    (errata Z15: a canary first, then waves that stop when devices stay away).
    """
    return confirmed >= requested.waits_for
