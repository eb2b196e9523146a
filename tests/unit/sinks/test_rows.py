import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.deadletters import DeadLetter, Reason
from schemas.headers import RawHeaders
from sinks.rows import dead_letter_rows, event_rows, latest_rows, raw_rows
from tests.unit.sinks.records import FakeRecord


def test_an_event_keeps_its_bytes_behind_its_position() -> None:
    encoded = event_rows("punches", 3, [FakeRecord(41, b'{"a":1}'), FakeRecord(44, b'{"b":"x"}')])
    assert encoded.rows == [
        b'{"topic":"punches","partition":3,"offset":41,"a":1}',
        b'{"topic":"punches","partition":3,"offset":44,"b":"x"}',
    ]
    assert not encoded.unreadable


@pytest.mark.parametrize("value", [None, b"", b"[1]", b'{"a":1', b'"x"', b'{"a":1}\n{"b":2}', b"}", b" {}", b"{"])
def test_what_is_not_one_object_is_unreadable_and_leaves_the_others(value: bytes | None) -> None:
    good, bad = FakeRecord(1, b'{"a":1}'), FakeRecord(2, value)
    encoded = event_rows("punches", 0, [bad, good])
    assert list(encoded.unreadable) == [bad]
    assert list(encoded.records) == [good]
    assert len(encoded.rows) == 1


@given(
    st.dictionaries(
        st.text(max_size=5).filter(lambda k: k not in {"topic", "partition", "offset"}), st.text(), min_size=1
    )
)
def test_any_object_of_the_codec_is_one_row_with_its_content(event: dict[str, str]) -> None:
    encoded = event_rows("punches", 1, [FakeRecord(7, orjson.dumps(event))])
    assert orjson.loads(encoded.rows[0]) == {"topic": "punches", "partition": 1, "offset": 7, **event}


@given(st.binary())
def test_a_raw_body_is_in_its_row_byte_for_byte(body: bytes) -> None:
    (row,) = raw_rows("raw.attendance", 0, [FakeRecord(0, body)]).rows
    assert b"\n" not in row
    found = json.loads(row.decode("utf-8", "surrogateescape"))["body"]
    assert found.encode("utf-8", "surrogateescape") == body


def test_raw_headers_become_columns_and_others_are_kept() -> None:
    headers = RawHeaders("SN1", "t", "ATTLOG", 1_700_000_000_123, "edge-1", "r1", path="/iclock/cdata")
    record = FakeRecord(5, b"x", (*headers.encode(), ("trace", b"\xff")))
    row = json.loads(raw_rows("raw.attendance", 2, [record]).rows[0].decode("utf-8", "surrogateescape"))
    assert row == {
        "topic": "raw.attendance", "partition": 2, "offset": 5, "source": "SN1", "tenant": "t", "table": "ATTLOG",
        "received_at": 1_700_000_000_123, "edge": "edge-1", "request_id": "r1", "path": "/iclock/cdata", "v": 1,
        "headers": {"trace": "\udcff"}, "body": "x",
    }  # fmt: skip


@pytest.mark.parametrize("text", [b"", b"soon", b"-1", b"9" * 40, "٣".encode()])
def test_a_number_that_is_none_stays_a_header(text: bytes) -> None:
    row = json.loads(raw_rows("raw.attendance", 0, [FakeRecord(0, b"", (("received_at", text),))]).rows[0])
    assert "received_at" not in row
    assert row["headers"] == {"received_at": text.decode()}


def test_a_dead_letter_says_where_it_stood_and_where_it_stands() -> None:
    letter = DeadLetter(Reason.NOT_A_ROW, "normalize", "raw.attendance", 1, 99, 3, "no tab", "0.1", 1_700_000_000_000)
    row = json.loads(dead_letter_rows("deadletters", 2, [FakeRecord(5, b"\x00", tuple(letter.encode()))]).rows[0])
    assert (row["source_topic"], row["source_partition"], row["source_offset"], row["line"]) == (
        "raw.attendance",
        1,
        99,
        3,
    )
    assert (row["topic"], row["partition"], row["offset"]) == ("deadletters", 2, 5)
    assert row["body"] == "\x00"
    assert row["reason"] == "not_a_row"


def test_where_a_big_body_lies_is_among_the_headers() -> None:
    letter = DeadLetter(Reason.SEAL_BROKEN, "normalize", "raw.photos", 1, 9, 0, "e", "0.1", 1, sealed="a.1", stored="o")
    row = json.loads(dead_letter_rows("deadletters", 2, [FakeRecord(5, b"", tuple(letter.encode()))]).rows[0])
    assert row["headers"]["stored"] == "o"
    assert "stored" not in row


def test_a_dead_letter_without_coordinates_stands_for_itself() -> None:
    row = json.loads(dead_letter_rows("deadletters", 2, [FakeRecord(5, b"", (("topic", b"punches"),))]).rows[0])
    assert (row["source_topic"], row["source_partition"], row["source_offset"]) == ("deadletters", 2, 5)


def test_a_key_that_is_gone_is_no_row_and_no_dead_letter() -> None:
    records = [FakeRecord(1, b'{"a":1}'), FakeRecord(2, None), FakeRecord(3, b"no object")]
    encoded = latest_rows("devices", 0, records)
    assert encoded.rows == [b'{"topic":"devices","partition":0,"offset":1,"a":1}']
    assert [record.offset for record in encoded.records] == [1]
    assert [record.offset for record in encoded.unreadable] == [3]
