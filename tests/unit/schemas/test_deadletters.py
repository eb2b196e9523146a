"""Headers of dead letters: what is written is read, and nothing of a body gets long in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.deadletters import DeadLetter, Reason

texts = st.text(st.characters(codec="utf-8"), max_size=30)
numbers = st.integers(0, 1 << 45)
dead_letters = st.builds(
    DeadLetter,
    reason=st.sampled_from(Reason),
    stage=texts,
    topic=texts,
    partition=st.integers(0, 9999),
    offset=numbers,
    line=st.integers(0, 1 << 31),
    error=texts,
    code_version=texts,
    failed_at=numbers,
    tenant=texts,
    source=texts,
    received_at=numbers,
    sealed=texts,
    stored=texts,
)
ONE = DeadLetter(Reason.TIME_UNREADABLE, "normalize", "raw.attendance", 3, 42, 7, "no time: 'x'", "0.1.0", 1)


@given(dead_letters)
def test_round_trip(letter: DeadLetter) -> None:
    assert DeadLetter.decode(letter.encode()) == letter


def test_the_key_is_source_topic_and_partition() -> None:
    assert ONE.key == b"raw.attendance+3"


def test_a_long_error_is_cut() -> None:
    letter = DeadLetter(Reason.NOT_A_ROW, "normalize", "raw.attendance", 0, 0, 1, "e" * 5000, "0.1.0", 1)
    assert DeadLetter.decode(letter.encode()).error == "e" * 500


@pytest.mark.parametrize(
    "name",
    ["reason", "stage", "topic", "partition", "offset", "line", "error", "code_version", "failed_at"],
)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        DeadLetter.decode([header for header in ONE.encode() if header[0] != name])


def test_an_unknown_reason_is_refused() -> None:
    headers = [(name, b"bad_mood" if name == "reason" else value) for name, value in ONE.encode()]
    with pytest.raises(ValueError, match="bad_mood"):
        DeadLetter.decode(headers)
