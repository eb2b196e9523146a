import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.errors import OffsetLost
from sinks.ranges import OffsetRange, decode_pending


@given(st.integers(0, 2**60), st.integers(0, 2**20), st.integers(0, 2**20))
def test_a_range_comes_back_from_the_metadata(committed: int, gap: int, length: int) -> None:
    written = OffsetRange(committed + gap, committed + gap + length)
    assert decode_pending(written.encode(), committed, "t-0") == written


def test_no_metadata_is_no_range() -> None:
    assert decode_pending("", 5, "t-0") is None


@pytest.mark.parametrize(
    "metadata",
    [
        "aiokafka",
        "{}",
        "[]",
        "3",
        '{"first":"x","last":2}',
        '{"first":9,"last":8}',
        '{"first":4,"last":9}',
        '{"first":7}',
    ],
)
def test_metadata_of_somebody_else_stops_the_sink(metadata: str) -> None:
    with pytest.raises(OffsetLost, match=r"t-0.*group of its own"):
        decode_pending(metadata, 5, "t-0")


def test_the_token_names_topic_partition_and_range() -> None:
    assert OffsetRange(3, 9).token("raw.attendance", 2) == "raw.attendance:2:3-9"
