"""What becomes of a command whose outcome is unknown: how often it is sent, and what is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.errors import (
    AuthFailed,
    NotAllowed,
    NotSupported,
    OutcomeUnknown,
    RequestRefused,
    ServerFault,
    Unreachable,
)
from connectors.execution import Act, Again, Finding, Refused, carry_out, prepared
from connectors.source import Done, Json, Order
from wire.source_commands import Argument, SourceCommand

DONE, NOT_DONE, CANNOT_TELL = Finding.DONE, Finding.NOT_DONE, Finding.CANNOT_TELL
UNKNOWN = OutcomeUnknown("no answer came")
COMMAND = SourceCommand(
    "biotime.thing.create", "biotime", "add a thing", "write", (Argument("code", required=True),), read_back="look"
)
CATALOGUE = {
    COMMAND.name: COMMAND,
    "biotime.wipe": SourceCommand("biotime.wipe", "biotime", "wipe", "dangerous"),
}


class Source:
    """Sends and findings in order; what is an exception is raised."""

    def __init__(self, sends: Sequence[Json | Exception], findings: Sequence[Finding | Exception] = ()) -> None:
        self.sends = list(sends)
        self.findings = list(findings)
        self.sent = 0
        self.looked = 0

    async def send(self) -> Json:
        self.sent += 1
        answer = self.sends.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def read_back(self) -> Finding:
        self.looked += 1
        found = self.findings.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def run(self, attempt: int = 1, again: Again = Again.AT_ONCE, *, blind: bool = False) -> Done:
        order = Order("7", COMMAND.name, {"code": "1"}, "k", attempt, "anna")
        return await carry_out(COMMAND, order, Act(self.send, None if blind else self.read_back, again))


async def test_the_first_claim_sends() -> None:
    source = Source([{"id": "4"}])
    assert await source.run() == Done(True, "done", {"id": "4"})
    assert (source.sent, source.looked) == (1, 0)


@pytest.mark.parametrize("error", [RequestRefused("emp_code is taken"), Refused("emp_code is taken")])
async def test_a_definite_no_is_the_outcome(error: Exception) -> None:
    source = Source([error])
    assert await source.run() == Done(False, "emp_code is taken")
    assert source.looked == 0


@pytest.mark.parametrize("error", [Unreachable("x"), ServerFault("x"), AuthFailed("x"), NotSupported("x")])
async def test_what_was_surely_not_done_is_tried_with_the_next_claim(error: Exception) -> None:
    with pytest.raises(type(error)):
        await Source([error]).run()


# sends, findings, attempt: how it ended ("raises": the next claim looks), how often it was sent in this claim
UNKNOWNS: list[tuple[list[Json | Exception], list[Finding | Exception], Again, str, int]] = [
    ([UNKNOWN], [DONE], Again.AT_ONCE, "done: no answer came, it was read back", 1),
    ([UNKNOWN, {}], [NOT_DONE], Again.AT_ONCE, "done with the second sending; the first one was not done", 2),
    ([UNKNOWN, UNKNOWN], [NOT_DONE, DONE], Again.AT_ONCE, "done: no answer came, it was read back", 2),
    ([UNKNOWN, UNKNOWN], [NOT_DONE, NOT_DONE], Again.AT_ONCE, "raises", 2),
    ([UNKNOWN, RequestRefused("taken")], [NOT_DONE, DONE], Again.AT_ONCE, "done: no answer came, it was read back", 2),
    ([UNKNOWN, RequestRefused("taken")], [NOT_DONE, NOT_DONE], Again.AT_ONCE, "taken", 2),
    ([UNKNOWN, Unreachable("gone")], [NOT_DONE], Again.AT_ONCE, "raises", 2),
    ([UNKNOWN], [CANNOT_TELL], Again.AT_ONCE, "raises", 1),
    ([UNKNOWN], [Unreachable("gone")], Again.AT_ONCE, "raises", 1),
    ([UNKNOWN], [NotSupported("no such list")], Again.AT_ONCE, "raises", 1),
    ([UNKNOWN], [Refused("no such department")], Again.AT_ONCE, "raises", 1),
    ([UNKNOWN], [NOT_DONE], Again.LATER, "raises", 1),
    ([UNKNOWN], [NOT_DONE], Again.NEVER, "raises", 1),
    ([UNKNOWN], [DONE], Again.NEVER, "done: no answer came, it was read back", 1),
]


@pytest.mark.parametrize(
    ("sends", "findings", "again", "ends", "sent", "attempt"),
    [(*case, attempt) for case in UNKNOWNS for attempt in (1, 3) if attempt == 1 or case[2] is not Again.NEVER],
)
async def test_an_unknown_outcome_is_read_back_before_anything_is_sent_again(
    sends: list[Json | Exception],
    findings: list[Finding | Exception],
    again: Again,
    ends: str,
    sent: int,
    attempt: int,
) -> None:
    source = Source(sends, [*([NOT_DONE] if attempt > 1 else []), *findings])
    if ends == "raises" and attempt < COMMAND.max_sends:
        with pytest.raises(OutcomeUnknown):
            await source.run(attempt, again)
    else:
        done = await source.run(attempt, again)
        assert done.done == (ends.startswith("done"))
        assert done.meaning == ends or (ends == "raises" and done.meaning.startswith("unknown whether it was done"))
    assert source.sent == sent
    assert not source.findings


@pytest.mark.parametrize("attempt", [2, 3])
async def test_a_later_claim_looks_first(attempt: int) -> None:
    done = Source([], [DONE])
    assert (await done.run(attempt)).meaning == "was done already: look"
    assert done.sent == 0
    for again in (Again.AT_ONCE, Again.LATER):
        sure = Source([{}], [NOT_DONE])
        assert (await sure.run(attempt, again)).done
        assert sure.sent == 1
    never = Source([], [NOT_DONE])
    assert not (await never.run(attempt, Again.NEVER)).done
    assert never.sent == 0


async def test_a_later_claim_that_cannot_tell_leaves_it_to_the_last_which_says_so() -> None:
    with pytest.raises(OutcomeUnknown):
        await Source([], [CANNOT_TELL]).run(2)
    with pytest.raises(Unreachable):
        await Source([], [Unreachable("gone")]).run(2)
    for found in (CANNOT_TELL, Unreachable("gone")):
        last = Source([], [found])
        told = await last.run(3)
        assert not told.done
        assert told.meaning.startswith("unknown whether it was done")
        assert last.sent == 0


async def test_what_cannot_be_read_back_is_sent_once_or_not_at_all() -> None:
    assert (await Source([{}]).run(blind=True)).done
    unknown = Source([UNKNOWN])
    told = await unknown.run(blind=True)
    assert not told.done
    assert told.meaning == "unknown whether it was done: no answer came; it is not sent again"
    assert unknown.sent == 1
    assert (await Source([Unreachable("no route")]).run(blind=True)) == Done(False, "not sent: no route")
    for attempt in (2, 3):
        later = Source([{}])
        assert (await later.run(attempt, blind=True)).meaning.startswith("unknown whether")
        assert later.sent == 0


async def test_what_nobody_will_do_later_is_not_left_for_later() -> None:
    assert await Source([Unreachable("no route")]).run(again=Again.NEVER) == Done(False, "not sent: no route")
    assert await Source([Unreachable("no route")], [NOT_DONE]).run(3) == Done(False, "not sent: no route")


def test_only_what_the_setting_names_and_the_catalogue_knows_is_done() -> None:
    wipe = Order("7", "biotime.wipe", {}, "k", 1, "anna")
    with pytest.raises(NotAllowed, match=r"connectors\.allow does not name it"):
        prepared("biotime", CATALOGUE, ("biotime.thing.create",), wipe)
    assert prepared("biotime", CATALOGUE, ("biotime.wipe",), wipe) == {}
    for vendor, name in (("akuvox", "biotime.wipe"), ("biotime", "device.info")):
        with pytest.raises(NotAllowed, match="is not a command of"):
            prepared(vendor, CATALOGUE, ("biotime.wipe",), Order("7", name, {}, "k", 1, "anna"))
    with pytest.raises(Refused, match="the argument code is missing"):
        prepared("biotime", CATALOGUE, (), Order("7", COMMAND.name, {}, "k", 1, "anna"))
