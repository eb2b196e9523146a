"""The AsyncAPI document is that of the catalogue and the types, and every reference in it leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from schemas.asyncapi import FILE, document, text
from schemas.topics import TOPICS


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `python -m schemas.asyncapi`"


def test_every_reference_leads_somewhere() -> None:
    whole = json.loads(text())
    for reference in _references(whole):
        place = whole
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place, reference


def test_what_payroll_reads_is_in_it_and_raw_is_not() -> None:
    channels = document()["channels"]
    payroll = {"timecards.daily", "timecards.week", "timecards.adjustments", "payperiods"}
    assert payroll <= channels.keys() <= TOPICS.keys()
    assert "raw.attendance" not in channels
    assert channels["timecards.daily"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] == ["compact"]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
