"""Registry records: periods, keys, and bytes there and back."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.registry import (
    DevicePeriod,
    DeviceRecord,
    Period,
    Record,
    SitePeriod,
    SiteRecord,
    decode_record,
    encode_record,
    record_key,
)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
instants = st.none() | st.integers(-(1 << 45), 1 << 45)
sources = st.sampled_from(("operator", "connector"))
sites = st.builds(
    SiteRecord, texts, st.lists(st.builds(SitePeriod, instants, instants, texts, texts), max_size=3).map(tuple), sources
)
devices = st.builds(
    DeviceRecord,
    texts,
    st.lists(
        st.builds(DevicePeriod, instants, instants, texts, texts, texts, texts, st.sampled_from(("count", "plain"))),
        max_size=3,
    ).map(tuple),
    sources,
)


@given(sites | devices)
def test_round_trip(record: Record) -> None:
    assert decode_record(encode_record(record)) == record


def test_keys() -> None:
    assert record_key(SiteRecord("berlin", ())) == b"site+berlin"
    assert record_key(DeviceRecord("SIM1", ())) == b"device+SIM1"


def test_a_kind_of_tomorrow_is_no_error() -> None:
    assert decode_record(b'{"v":1,"kind":"tomorrow","id":"p","rules":[]}') is None


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (b"", "empty"),
        (b"\xff\x00", "UTF-8"),
        (b'{"v":2,"kind":"site","id":"x","periods":[],"source":"operator"}', "version 2"),
        (b'{"kind":"site"}', "version None"),
        (b'{"v":1,"kind":"site","id":"x","source":"operator"}', "periods"),
        (b'{"v":1,"kind":"device","id":"X","periods":[{"colour":"red"}],"source":"operator"}', "colour"),
    ],
)
def test_nonsense_is_refused_by_name(value: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        decode_record(value)


@pytest.mark.parametrize(
    "value",
    [
        b"[]",
        b"null",
        b'{"v":1,"kind":"device","id":"X","periods":[{"valid_from":"yesterday"}],"source":"operator"}',
        b'{"v":1,"kind":"device","id":7,"periods":[],"source":"operator"}',
    ],
)
def test_values_of_another_type_are_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_record(value)


def test_the_value_says_its_version_and_kind() -> None:
    assert orjson.loads(encode_record(SiteRecord("berlin", ())))["v"] == 1
    assert orjson.loads(encode_record(SiteRecord("berlin", ())))["kind"] == "site"


def test_a_period_begins_with_its_start_and_ends_before_its_end() -> None:
    period = Period(100, 200)
    assert [period.covers(at) for at in (99, 100, 199, 200)] == [False, True, True, False]
    assert Period(None, 200).covers(-(1 << 60))
    assert not Period(None, 200).covers(200)
    assert Period(100, None).covers(1 << 60)
