"""Bytes of what state holds: all of it comes back, and it is as small as it is said to be."""

from __future__ import annotations

import string
from datetime import date, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.employee_facts import EmployeeFacts, EmploymentFacts
from processors.timecards.stream.errors import CardStateUnreadable
from processors.timecards.stream.header import BucketRanges, FirstPlace, Header, LastKept
from processors.timecards.stream.held import decode_held, encode_held
from processors.timecards.stream.kept import (
    DayLock,
    KeptApproval,
    KeptCorrection,
    KeptPunch,
    KeptRoster,
    Place,
    PublishedDay,
    WeekState,
)
from processors.timecards.stream.kept_codec import decode_bucket, decode_header, encode_bucket, encode_header
from processors.timecards.stream.state_keys import bucket_of_date, dates_of
from runtime.state_records import MAX_VALUE_BYTES
from schemas.timecards import LOCKED_KEYS, MANIFEST_KEYS
from schemas.timecards_input import PlannedShift
from tests.unit.processors.timecards.stream.test_bucket import MONDAY, NUMBER, assigned

FEW = settings(max_examples=100, deadline=None, derandomize=True)
DATES = st.sampled_from(dates_of(NUMBER))
TEXTS = st.text(string.ascii_letters, max_size=3)
WORDS = st.text(string.ascii_letters, min_size=1, max_size=3)
IDS = st.text("0123456789abcdef", min_size=4, max_size=8)
INTS = st.integers(0, 2**64 - 1)
AT = st.integers(-(10**13), 10**13)
MAYBE_AT = st.none() | AT


def numbers(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(0, 1440)] * count)


TUPLES = st.lists(TEXTS, max_size=2).map(tuple)
PLACES = st.builds(Place, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(-43_200, 50_400), st.sampled_from(("push", "poll")))
PUNCHES = st.builds(
    KeptPunch, INTS, INTS, PLACES, AT, AT, st.none() | st.integers(0, 255), st.booleans(), TEXTS, TUPLES, TUPLES, TUPLES
)
MARKS = st.tuples(INTS, INTS).map(lambda pair: KeptPunch(*pair, None))
CORRECTIONS = st.builds(
    KeptCorrection, st.integers(1, 9), WORDS, WORDS, TEXTS, MAYBE_AT, MAYBE_AT, TEXTS, st.none() | st.integers(0, 5),
    TEXTS, TEXTS, TEXTS, st.integers(0, 99), TEXTS, MAYBE_AT, TEXTS,
)  # fmt: skip
SHIFTS = st.builds(PlannedShift, start=st.just("08:00"), end=st.just("17:00"), rest=st.integers(0, 60), name=TEXTS)
PUBLISHED = st.builds(
    PublishedDay, st.integers(1, 9), st.integers(1, 9), IDS, WORDS, WORDS, numbers(len(MANIFEST_KEYS)),
    TEXTS, TUPLES, AT, MAYBE_AT, TEXTS, TEXTS, TUPLES, st.dictionaries(IDS, st.integers(1, 9), max_size=2), TEXTS,
    st.booleans(),
)  # fmt: skip
LOCKS = st.builds(
    DayLock, TEXTS, st.just(date(2026, 11, 2)), st.just(date(2026, 11, 30)), st.integers(1, 3), IDS, st.integers(0, 2),
    st.integers(0, 9), numbers(len(LOCKED_KEYS)), numbers(len(LOCKED_KEYS)), st.integers(0, 3),
)  # fmt: skip


def by_date(values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[date, object]]:
    return st.dictionaries(DATES, values, max_size=3)


BUCKETS = st.builds(
    Bucket,
    st.just(NUMBER),
    st.dictionaries(IDS, PUNCHES | MARKS, max_size=4),
    st.dictionaries(IDS, CORRECTIONS, max_size=2),
    by_date(st.builds(KeptRoster, INTS, st.none() | st.lists(SHIFTS, max_size=2).map(tuple))),
    by_date(st.builds(KeptApproval, AT, IDS, st.integers(1, 9), IDS, TEXTS, TEXTS)),
    by_date(PUBLISHED),
    by_date(LOCKS),
    by_date(st.builds(WeekState, st.integers(1, 9), IDS)),
    by_date(st.sets(IDS, min_size=1, max_size=3)),
)
EMPLOYEES = st.builds(
    EmployeeFacts, INTS, TEXTS, TEXTS, TEXTS, st.none() | st.booleans(), st.none() | st.booleans(), st.none(),
    st.lists(st.builds(EmploymentFacts, *[TEXTS] * 8), max_size=2).map(tuple),
)  # fmt: skip
HEADERS = st.builds(
    Header,
    st.none() | EMPLOYEES,
    st.sets(st.integers(-5, 3000), max_size=4),
    st.just(BucketRanges([(2, 7), (9, 9)])),
    st.dictionaries(IDS, CORRECTIONS, max_size=2),
    st.dictionaries(IDS, st.tuples(INTS, INTS), max_size=2),
    st.dictionaries(DATES, AT, max_size=2),
    st.none() | st.builds(LastKept, AT, IDS, INTS, TEXTS, TEXTS, st.integers(0, 9), st.none(), TEXTS),
    st.none() | st.builds(FirstPlace, AT, IDS, TEXTS, TEXTS),
)


@FEW
@given(BUCKETS)
def test_a_bucket_comes_back(bucket: Bucket) -> None:
    value = encode_bucket(bucket)
    back = decode_bucket(NUMBER, value)
    assert back == bucket
    assert encode_bucket(back) == value


@FEW
@given(HEADERS)
def test_a_header_comes_back(header: Header) -> None:
    assert decode_header(encode_header(header)) == header


def test_nonsense_is_named() -> None:
    for value in (b"", b"{}", b"[2]", b"[1,2]", b"[1,[],[[1,2,3,4]],{},[],[],[],[],[],[],[],[]]"):
        with pytest.raises(CardStateUnreadable, match=r"timecards\.state: "):
            decode_bucket(NUMBER, value)
        with pytest.raises(CardStateUnreadable, match=r"timecards\.state: "):
            decode_header(value)
        with pytest.raises(CardStateUnreadable, match=r"timecards\.state: "):
            decode_held(value)


def full_week(punches_a_day: int) -> Bucket:
    bucket = Bucket(NUMBER)
    for day in range(7):
        for number in range(punches_a_day):
            at_min = day * 1440 + 300 + number
            punch = assigned(at_min, 9 << 60, device="CKJN201360001", pin="100123", zone="Asia/Kolkata")
            bucket.take_assign(f"{at_min:032x}", 123_456, punch)
    return bucket


def test_a_usual_week_is_small() -> None:
    value = encode_bucket(full_week(4))
    assert len(value) / 28 < 110  # bytes a punch
    bucket = full_week(4)
    for day in dates_of(NUMBER):
        minutes = (480, 480, 0, 0, 0, 0, 0, 0, 0)
        bucket.published[day] = PublishedDay(
            5, 6, "0" * 32, "COMPLETE", "COMPLETE", minutes, "FINALIZE", (), 1_793_000_000_000, 1_793_000_000_000,
            "standard@1234", "1.0",
        )  # fmt: skip
    assert len(encode_bucket(bucket)) - len(value) < 7 * 150


def test_the_fullest_bucket_fits_into_a_value() -> None:
    bucket = full_week(400)
    bucket.surplus = {day: {f"{number:016x}" for number in range(400)} for day in dates_of(NUMBER)}
    for number in range(1000):
        bucket.take_retract(f"ff{number:030x}", 123_456, 2**64 - 1)
    assert len(encode_bucket(bucket)) < MAX_VALUE_BYTES


def test_held_cards_come_back_byte_for_byte() -> None:
    cards = {MONDAY + timedelta(day): orjson.dumps({"card": day, "text": "a\nb"}) for day in range(7)}
    assert decode_held(encode_held(cards)) == cards
    assert decode_held(encode_held({})) == {}
    assert bucket_of_date(MONDAY) == NUMBER
