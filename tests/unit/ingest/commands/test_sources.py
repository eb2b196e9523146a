"""Which server or station somebody means."""

from __future__ import annotations

import pytest

from ingest.commands.sources import SourcePlace, Sources, source_key_of
from tests.unit.ingest.commands.source_stand_ins import SETTINGS


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("biotime:hq", "biotime:hq"),
        (" BioTime:HQ ", "biotime:hq"),
        ("akuvox:0C1105078B71", "akuvox:0C1105078B71"),
        ("akuvox:0c:11:05:07:8b:71", "akuvox:0C1105078B71"),
        ("AKUVOX:0c-11-05-07-8b-71", "akuvox:0C1105078B71"),
        ("SN1", ""),
        ("biotime", ""),
        ("zkteco:hq", ""),
    ],
)
def test_keys_in_any_spelling(text: str, key: str) -> None:
    assert source_key_of(text) == key


def test_the_settings_say_whose_they_are_and_where() -> None:
    sources = Sources(SETTINGS)
    assert sources.find("biotime:hq") == SourcePlace("biotime:hq", "acme", "north")
    assert sources.find("akuvox:0c:11:05:07:8b:71") == SourcePlace("akuvox:0C1105078B71", "acme", "gate")
    assert sources.find("biotime:other") is None
    assert sources.find("SN1") is None
