"""Log lines are JSON and hold no secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from runtime.logs import JsonFormatter, RepeatFilter, redact


@pytest.mark.parametrize(
    "text",
    [
        "GET /iclock/cdata?SN=1&ComKey=88888888&x=1",
        "pushcommkey=88888888",
        "Passwd=88888888",
        "password: 88888888",
        "Authorization=88888888",
    ],
)
def test_values_of_secret_names_are_taken_out(text: str) -> None:
    assert "88888888" not in redact(text)
    assert "***" in redact(text)


def test_other_values_stay() -> None:
    assert redact("SN=TST1&table=ATTLOG") == "SN=TST1&table=ATTLOG"


def test_a_line_is_one_json_object_with_the_traceback_inside() -> None:
    try:
        raise ValueError("ComKey=secret")
    except ValueError:
        record = logging.LogRecord("ingest", logging.ERROR, __file__, 1, "bad %s", ("body",), sys.exc_info())
    line = JsonFormatter("ingest").format(record)
    found = json.loads(line)
    assert "\n" not in line
    assert (found["level"], found["part"], found["message"]) == ("ERROR", "ingest", "bad body")
    assert "ValueError" in found["error"]
    assert "secret" not in line


def line(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, None)


def test_a_chatty_library_says_the_same_once_in_ten_seconds_and_how_often_it_would_have() -> None:
    now = 0.0
    repeats = RepeatFilter(lambda: now)
    passed = [repeats.filter(line("aiokafka.conn", "cannot reach %s", number)) for number in range(100)]
    assert passed == [True] + [False] * 99
    now = 10.0
    again = line("aiokafka.conn", "cannot reach %s", "b")
    assert repeats.filter(again)
    assert again.getMessage() == "cannot reach b (99 more like it since the last line)"
    assert repeats.filter(line("aiokafka.conn", "another matter"))


def test_our_own_lines_always_pass() -> None:
    repeats = RepeatFilter(lambda: 0.0)
    assert all(repeats.filter(line("ingest.main", "refused")) for _ in range(5))
