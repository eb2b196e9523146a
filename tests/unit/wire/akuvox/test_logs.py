import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.akuvox.envelope import parse_answer
from wire.akuvox.errors import RowUnreadable
from wire.akuvox.logs import fingerprint, parse_call_row, parse_door_row, row_number, row_ref
from wire.akuvox.redaction import code_hash, hash_code
from wire.akuvox.rows import log_page

KEY = b"key of the tenant"
A01 = (
    b'{"retcode":0,"action":"get","message":"OK","data":{"num":2,"item":['
    b'{"ID":"43","Date":"2026-01-15","Time":"10:00:00","Name":"Bob","Code":"5678","Type":"Card","Relay":"2",'
    b'"Status":"Failed","AccessMode":"1"},'
    b'{"ID":"42","Date":"2026-01-15","Time":"09:30:00","Name":"Alice","Code":"1234","Type":"PIN","Relay":"1",'
    b'"Status":"Succ"}]}}'
)


def _oldest_first(body: bytes) -> list[dict[str, Any]]:
    return [hash_code(row, KEY)[0] for row in reversed(log_page(parse_answer(body)).rows)]


def test_a01_words() -> None:
    older, newer = (parse_door_row(row) for row in _oldest_first(A01))
    assert (older.id, older.granted, older.method, older.relay, older.name) == ("42", True, "pin", "1", "Alice")
    assert (newer.id, newer.granted, newer.method, newer.relay) == ("43", False, "card", "2")
    assert (older.local_time, newer.local_time) == ("2026-01-15T09:30:00", "2026-01-15T10:00:00")
    assert (older.code, newer.code) == (code_hash("1234", KEY), code_hash("5678", KEY))
    assert newer.access_mode == "1"
    assert "1234" not in json.dumps(_oldest_first(A01))


def test_a02_numbers() -> None:
    row = parse_door_row({"ID": 42, "Type": "4", "Status": "0", "Date": "20241230", "Time": "09:30:00", "Name": "A"})
    assert (row.method, row.granted, row.local_time, row.id) == ("face", True, "2024-12-30T09:30:00", "42")
    assert (row.type, row.status) == ("4", "0")


def test_a07_equal_second_and_name_are_two_rows() -> None:
    rows = [{"ID": number, "Date": "2026-01-15", "Time": "09:30:00", "Name": "A"} for number in ("50", "51")]
    assert len({fingerprint(row) for row in rows}) == len({row_ref(row) for row in rows}) == 2


def test_a10_call() -> None:
    row = parse_call_row({
        "Type": "Received", "Num": "192.168.1.98@192.168.1.98", "LocalIdentity": "192.168.1.98@192.168.1.98",
        "Date": "2026-01-15", "Time": "05:55:59", "ID": "23",
    })  # fmt: skip
    assert (row.word, row.peer, row.id, row.local_time) == ("received", "192.168.1.98", "23", "2026-01-15T05:55:59")
    assert row.number == row.local_identity == "192.168.1.98@192.168.1.98"


@pytest.mark.parametrize(
    ("sent", "method"),
    [
        *(("0", "unknown"), ("1", "card"), ("2", "pin"), ("3", "public"), (4, "face")),
        *(("Private PIN", "pin"), ("DTMF", "dtmf"), ("Call", "call"), ("Unknown", "unknown"), ("QR Code", "qr")),
        *(("Password", "pin"), ("9", ""), ("Hand wave", ""), ("", ""), (None, "")),
    ],
)
def test_door_types(sent: object, method: str) -> None:
    assert parse_door_row({"ID": "1", "Type": sent}).method == method


@pytest.mark.parametrize(
    ("sent", "granted"), [("0", True), ("Success", True), ("1", False), ("Fail", False), ("2", None), (None, None)]
)
def test_door_status(sent: object, granted: bool | None) -> None:
    assert parse_door_row({"ID": "1", "Status": sent}).granted is granted


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ("Dialed", "dialed"),
        ("1", "dialed"),
        ("Missed", "missed"),
        (4, "forwarded"),
        ("Unknow", "unknown"),
        ("0", ""),
        ("?", ""),
    ],
)
def test_call_types(sent: object, word: str) -> None:
    assert parse_call_row({"ID": "1", "Type": sent}).word == word


@pytest.mark.parametrize(
    ("number", "peer"), [("sip:1001@pbx.example", "1001"), ("1001", "1001"), ("SIPS:a@b", "a"), ("--", ""), (None, "")]
)
def test_peer(number: object, peer: str) -> None:
    assert parse_call_row({"ID": "1", "Num": number}).peer == peer


def test_placeholders_are_empty_and_the_rest_is_kept() -> None:
    row = parse_door_row({"ID": "7", "Date": "--", "Time": "--", "Name": "--", "Floor": 3, "@user": "12"})
    assert (row.name, row.local_time, row.date, row.extra, row.user) == ("", "", "--", {"Floor": "3"}, "12")


@pytest.mark.parametrize("row", [None, [], "x", {}, {"Name": "A"}, {"ID": "--", "Date": "--", "Time": "--"}])
def test_no_row(row: object) -> None:
    with pytest.raises(RowUnreadable):
        parse_door_row(row)
    with pytest.raises(RowUnreadable):
        parse_call_row(row)


def test_fingerprint_is_that_of_the_row_before_and_after_hashing() -> None:
    row = {"ID": 42, "Date": "2026-01-15", "Time": "09:30:00", "Name": "A", "Code": "1", "Type": "1", "Status": "0"}
    assert fingerprint(row) == fingerprint(hash_code(row, KEY)[0]) == fingerprint(row | {"ID": "42", "Relay": "1"})
    assert len(fingerprint(row)) == 16


def test_row_without_an_id_is_told_by_its_occurrence() -> None:
    row = {"Date": "2026-01-15", "Time": "09:30:00", "Name": "A"}
    assert row_ref(row) == f"h{fingerprint(row)}-0" != row_ref(row, 1)
    assert row_number(row) is None
    assert (row_ref({"ID": 7}), row_number({"ID": "7"})) == ("7", 7)


_VALUE = st.none() | st.integers(-5, 10**12) | st.text(max_size=6) | st.booleans()
_FIELD = st.sampled_from(["ID", "Date", "Time", "Name", "Type", "Status", "Num", "Code", "Relay", "X"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_FIELD, _VALUE))
def test_any_row_is_read_or_refused(row: dict[str, Any]) -> None:
    for parse in (parse_door_row, parse_call_row):
        with contextlib.suppress(RowUnreadable):
            parse(row)
    assert fingerprint(row) == fingerprint(dict(reversed(row.items())))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=3), min_size=6, max_size=6), st.integers(0, 5), st.text(max_size=3))
def test_a_changed_field_changes_the_fingerprint(values: list[str], which: int, other: str) -> None:
    row = dict(zip(("ID", "Date", "Time", "Name", "Type", "Status"), (value.strip() for value in values), strict=True))
    changed = row | {list(row)[which]: other.strip()}
    assert (fingerprint(changed) == fingerprint(row)) is (changed == row)
