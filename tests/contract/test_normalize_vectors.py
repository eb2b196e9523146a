"""The worked examples of kind "normalize" in tests/vectors/timecard_cases.json."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.local_time import Clock, resolve_batch

VECTORS = Path(__file__).parents[1] / "vectors" / "timecard_cases.json"
CASES = [case for case in json.loads(VECTORS.read_text(encoding="utf-8"))["cases"] if case["kind"] == "normalize"]


def epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_there_are_cases() -> None:
    assert {case["id"] for case in CASES} >= {"TN-01", "TN-03"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    clock = Clock.parse(case["zone"], "zone")
    punches = case["punches"]
    (received,) = {punch["received"] for punch in punches}  # one receipt is one upload
    instants = resolve_batch([punch["local"] for punch in punches], clock, epoch_ms(received))
    for punch, instant in zip(punches, instants, strict=True):
        expected = case["expect"][punch["id"]]
        local = datetime.fromisoformat(expected["local"])
        offset = local.utcoffset()
        assert instant is not None
        assert offset is not None
        assert instant.utc_ms == epoch_ms(expected["utc"]) == epoch_ms(expected["local"])
        assert instant.offset_s == offset.total_seconds()
        assert instant.local_ms == epoch_ms(local.replace(tzinfo=None).isoformat() + "+00:00")
        assert list(instant.flags) == expected["flags"]
