"""What operators order of a source."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.control import is_paused, is_steering, steer
from wire.source_commands import STEERING, SourceCommandInvalid


def test_every_steering_command_is_handled() -> None:
    given: dict[str, dict[str, Any]] = {
        "connector.new_epoch": {"from": "2026-03-01"}, "connector.backfill": {"from": "2026-03-01", "to": "2026-03-02"},
    }  # fmt: skip
    for command in STEERING:
        assert is_steering(command.name)
        assert steer(None, command.name, given.get(command.name, {}))[0]
    assert not is_steering("people.create")


def test_pause_and_resume_leave_the_rest() -> None:
    before = {"rescan": {"n": 2}}
    paused, _ = steer(before, "connector.pause", {})
    assert (is_paused(paused), paused["rescan"]) == (True, {"n": 2})
    assert not is_paused(steer(paused, "connector.resume", {})[0])
    assert not is_paused(None)


def test_orders_are_counted_and_the_newest_arguments_hold() -> None:
    control, _ = steer(None, "connector.backfill", {"from": "2026-01-01", "to": "2026-01-31"})
    control, meaning = steer(control, "connector.backfill", {"from": "2026-02-01", "to": "2026-02-01"})
    control, _ = steer(control, "connector.rescan", {})
    assert control == {"backfill": {"n": 2, "from": "2026-02-01", "to": "2026-02-01"}, "rescan": {"n": 1}}
    assert meaning == "backfill number 2 begins with the next polls"


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("connector.new_epoch", {}, "the argument from is missing"),
        ("connector.backfill", {"from": "yesterday"}, "must be a date"),
        ("connector.backfill", {"from": "2026-02-02", "to": "2026-02-01"}, "from is later than to"),
        ("connector.pause", {"for": "ever"}, "there is no argument"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, given: dict[str, Any], why: str) -> None:
    with pytest.raises(SourceCommandInvalid, match=why):
        steer(None, name, given)
