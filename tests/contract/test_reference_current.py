"""docs/events.md says what the types say."""

from __future__ import annotations

from schemas.reference import FILE, reference


def test_the_event_reference_is_current() -> None:
    assert FILE.read_text() == reference(), "run `python -m schemas.reference`"
