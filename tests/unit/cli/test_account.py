"""The account compares sets, so that a punch lost and another doubled never cancel out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.account import Account, compare_visible, punch_key
from cli.card_account import CardAccount


@pytest.mark.parametrize("text", ["2026-03-01 09:00:00", "2026-03-01T09:00:00", "2026/03/01 09:00:00"])
def test_a_key_is_written_as_the_ledger_writes_it(text: str) -> None:
    assert punch_key("TST1", " 0017", text) == ("TST1", "17", "2026-03-01T09:00:00")


def test_a_key_that_is_there_twice_is_doubled_in_one_row_or_in_two() -> None:
    a, b, c = (("TST1", pin, "2026-03-01T09:00:00") for pin in "abc")
    assert compare_visible([(a, 1), (b, 2), (c, 1), (c, 1)]) == ({a, b, c}, 2)


@pytest.mark.parametrize(("lost", "doubled", "strangers"), [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_an_account_is_clean_only_without_any_difference(lost: int, doubled: int, strangers: int) -> None:
    assert Account(9, 9, 9, 9, 0, 0, 0, 1, 1).clean
    assert not Account(9, 9, 9, 9, lost, doubled, strangers, 1, 1).clean


def test_an_account_is_clean_only_when_all_cards_agree() -> None:
    cards = CardAccount(planned=3, agree=3, differ=0, hours=24.0, corrected=True)
    assert Account(9, 9, 9, 9, 0, 0, 0, 1, 1, cards=cards).clean
    assert not Account(9, 9, 9, 9, 0, 0, 0, 1, 1, cards=replace(cards, agree=2, differ=1)).clean


def test_the_summary_has_the_names_that_scripts_read(tmp_path: Path) -> None:
    file = tmp_path / "run-summary.json"
    Account(10, 9, 8, 7, 2, 1, 0, 100, 200).write(file)
    assert json.loads(file.read_text()) == {
        "made": 10, "acknowledged": 9, "in_kafka": 8, "in_clickhouse": 7, "lost": 2, "doubled": 1, "strangers": 0,
        "delay_p50_ms": 100, "delay_p95_ms": 200, "sources": [], "cards": None,
    }  # fmt: skip
