from __future__ import annotations

from typing import Any

import pytest

from wire.source_commands import STEERING, Argument, SourceCommand, SourceCommandInvalid, checked, summary_of

COMMAND = SourceCommand(
    "biotime.employee.create", "biotime", "", "write",
    (
        Argument("emp_code", required=True), Argument("areas", "list"), Argument("password", secret=True),
        Argument("level", "integer"), Argument("hired", "date"), Argument("on", "flag"), Argument("more", "object"),
        Argument("kind", choices={"a": "first", "b": "second"}),
    ),
)  # fmt: skip


def test_arguments_get_their_types() -> None:
    given = {"emp_code": " 0123 ", "areas": "1, 2,", "level": "-3", "hired": "2026-03-01", "on": True, "more": {"x": 1}}
    assert checked(COMMAND, given) == {
        "emp_code": "0123", "areas": ["1", "2"], "level": -3, "hired": "2026-03-01", "on": True, "more": {"x": 1},
    }  # fmt: skip
    assert checked(COMMAND, {"emp_code": "1", "areas": [1, "2"], "on": "0"})["on"] is False


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "emp_code is missing"),
        ({"emp_code": " "}, "emp_code must not be empty"),
        ({"emp_code": "1", "colour": "x"}, "no argument 'colour'"),
        ({"emp_code": "1", "level": "x"}, "level must be a whole number"),
        ({"emp_code": "1", "hired": "01.03.2026"}, "hired must be a date"),
        ({"emp_code": "1", "on": "maybe"}, "on must be 0 or 1"),
        ({"emp_code": "1", "more": "x"}, "more must be a JSON object"),
        ({"emp_code": "1", "kind": "c"}, "kind must be one of a, b"),
    ],
)
def test_what_a_command_cannot_have(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SourceCommandInvalid, match=says):
        checked(COMMAND, given)


def test_a_summary_has_no_secrets() -> None:
    arguments = {"emp_code": "1", "password": "4711", "more": {"pin": "4711"}, "areas": ["x" * 50, "y" * 50]}
    text = summary_of(COMMAND, arguments)
    assert "4711" not in text
    assert text.startswith("biotime.employee.create emp_code=1 password=*** more=*** areas=xxx")
    assert len(text) < 160


def test_names_of_steering_are_distinct() -> None:
    assert len({command.name for command in STEERING}) == len(STEERING)
