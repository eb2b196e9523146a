"""Ticks reach every partition."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from ingest.ticks import partition_names


@given(st.integers(1, 64))
def test_each_partition_has_a_text_of_its_own(count: int) -> None:
    names = partition_names(lambda name: (murmur2(name) & 0x7FFFFFFF) % count, count)
    assert [(murmur2(name) & 0x7FFFFFFF) % count for name in names] == list(range(count))


def test_partitions_that_nothing_maps_to_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 of 2 partitions"):
        partition_names(lambda _: 0, 2)
