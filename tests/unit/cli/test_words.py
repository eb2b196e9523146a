"""Words of the command line: arguments of commands, facts of devices."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cli.device_facts import facts_from
from cli.errors import WordWrong
from cli.words import arguments_from, write_private
from schemas.registry import DevicePeriod, HandshakeOptions


def test_arguments_and_values_from_files(tmp_path: Path) -> None:
    file = tmp_path / "template"
    file.write_text("QUJD\n")
    assert arguments_from(["pin=7", "name=A=B", f"template=@{file}"]) == {"pin": "7", "name": "A=B", "template": "QUJD"}
    for words in (["pin"], ["=7"], ["pin=1", "pin=2"], [f"x=@{tmp_path}/nowhere"]):
        with pytest.raises(WordWrong):
            arguments_from(words)


def test_a_written_answer_is_its_owners_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "out", b"secret")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    with pytest.raises(WordWrong, match="cannot write"):
        write_private(tmp_path / "no" / "out", b"")


def test_facts_keep_the_options_that_are_not_named() -> None:
    period = DevicePeriod(options=HandshakeOptions(delay_s=5, realtime=False))
    facts = facts_from(["tags=a;b", "zone=UTC", "options.delay_s=20", "verify_map=16=1", "direction=IN"], period)
    assert facts == {
        "tags": ("a", "b"), "zone": "UTC", "verify_map": {"16": 1}, "direction": "IN",
        "options": HandshakeOptions(delay_s=20, realtime=False),
    }  # fmt: skip


@pytest.mark.parametrize(
    "word", ["tags", "tags=", "colour=red", "options.delay_s=soon", "options.x=1", "link=modem", "ack_profile=loud"]
)
def test_facts_that_make_no_sense(word: str) -> None:
    with pytest.raises(WordWrong):
        facts_from([word], None)
