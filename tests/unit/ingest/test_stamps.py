"""Stamps: the last usable one per table, bounded."""

from __future__ import annotations

import pytest

from ingest.stamps import Stamps


def test_the_last_stamp_of_each_table_is_kept() -> None:
    stamps = Stamps()
    stamps.acknowledged("A", "ATTLOG", "9998")
    stamps.acknowledged("A", "ATTLOG", "9999")
    stamps.acknowledged("A", "OPERLOG", "2026-03-01T09:00:00")
    assert dict(stamps.of("A")) == {"ATTLOG": "9999", "OPERLOG": "2026-03-01T09:00:00"}
    assert not stamps.of("B")


@pytest.mark.parametrize("stamp", ["None", "0", "", "9\nC:1:REBOOT", "1=2"])
def test_a_stamp_that_would_do_harm_is_not_kept(stamp: str) -> None:
    stamps = Stamps()
    stamps.acknowledged("A", "ATTLOG", stamp)
    assert not stamps.of("A")


def test_devices_and_tables_are_bounded() -> None:
    stamps = Stamps(max_devices=2)
    stamps.acknowledged("A", "ATTLOG", "1")
    stamps.acknowledged("B", "ATTLOG", "1")
    stamps.acknowledged("A", "ATTLOG", "2")
    stamps.acknowledged("C", "ATTLOG", "1")
    assert not stamps.of("B"), "unheard of for longest"
    assert stamps.of("A")["ATTLOG"] == "2"
    for number in range(100):
        stamps.acknowledged("A", f"TABLE{number}", "1")
    assert len(stamps.of("A")) == 16
