"""Policies: defaults as in the case files, presets, and what is refused with which reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.policies import STATE_MAPS, Policy, PolicyError, load_policy
from schemas.policy_presets import PRESETS, preset

VECTORS = Path(__file__).parents[2] / "vectors" / "timecard_cases.json"
FILE = json.loads(VECTORS.read_text(encoding="utf-8"))


def test_the_defaults_are_those_of_the_case_file() -> None:
    assert load_policy(FILE["default_policy"]) == load_policy({}) == Policy()
    assert FILE["state_maps"] == STATE_MAPS


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_loaded(name: str) -> None:
    assert preset(name) != Policy()
    assert hash(preset(name)) == hash(load_policy(PRESETS[name]))
    assert preset(name, late_grace_min=7).late_grace_min == 7


def test_zk_classic_may_count_first_and_last_only() -> None:
    assert preset("zk_classic", span="first_last", day_cut_min=300).span == "first_last"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"span": "first_last"}, "needs grouping=day"),
        ({"grouping": "day", "day_zone": "first_in"}, "needs day_zone=home"),
        ({"max_open_min": 1441}, "max_open_over_a_day"),
        ({"max_open_min": 0}, "closes every shift"),
        ({"ot": {"daily": [{"after": 1, "bucket": "ot1"}, {"after": 1, "bucket": "ot2"}]}}, "daily: tiers overlap"),
        ({"ot": {"weekly": [{"after": 1, "bucket": "ot1"}] * 2}}, "weekly: tiers overlap"),
        ({"meal": {"tiers": [{"after": 1, "min": 1}] * 2}}, "meal.tiers: tiers overlap"),
        ({"round_in": {"mode": "nearest", "q": 7}}, "does not divide 60"),
        ({"round_out": {"mode": "nearest", "q": 15, "split": 16}}, "beyond q"),
        ({"holidays": ["2025-02-30"]}, "is no date"),
        (
            {"night": {"start": "22:00", "end": "06:00"}, "overlays": [{"name": "night", "start": "1", "end": "2"}]},
            "start",
        ),
        (
            {
                "night": {"start": "22:00", "end": "06:00"},
                "overlays": [{"name": "night", "start": "01:00", "end": "02:00"}],
            },
            "two are named 'night'",
        ),
        ({"state_map": "mine"}, "none of"),
        ({"state_map": {"0": "INWARDS"}}, "none of"),
        ({"dup_windows": 60}, "dup_windows"),
        ({"late_grace_min": -1}, "late_grace_min"),
        ({"late_grace_min": "5"}, "late_grace_min"),
        ({"ot": {"daily": [{"after": 480, "bucket": "ot9"}]}}, "bucket"),
    ],
)
def test_refused(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        load_policy(keys)


def test_every_reason_is_named() -> None:
    with pytest.raises(PolicyError, match=r"grouping=day.*does not divide 60"):
        load_policy({"span": "first_last", "round_in": {"mode": "up", "q": 7}})


def test_state_maps() -> None:
    assert load_policy({"state_map": {"4": "OT_IN", "5": "OT_OUT"}}).state_map == (("4", "IN"), ("5", "OUT"))
    assert load_policy({"state_map": "site"}, {"site": {"7": "IN"}}).state_map == (("7", "IN"),)
    assert load_policy({"state_map": "tft_dcs"}).state_map == "tft_dcs"
    assert load_policy({"max_open_min": 2000, "max_open_over_a_day": True}).max_open_min == 2000
