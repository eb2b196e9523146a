"""What surrounds the rows (A1), and every answer of which nothing may be taken (d): F15, F17, F18."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.wire.biotime.anything import json_values
from wire.biotime.envelope import Page, parse_done, parse_object, parse_page
from wire.biotime.errors import AnswerFault, Fault

JSON = "application/json"


def page(body: Any, status: int = 200) -> Page:
    return parse_page(status, JSON, json.dumps(body).encode())


def fault_of(status: int, body: bytes, content_type: str = JSON) -> AnswerFault:
    with pytest.raises(AnswerFault) as error:
        parse_page(status, content_type, body)
    return error.value


@pytest.mark.parametrize(
    "body",
    [
        {"count": 1, "next": None, "previous": None, "msg": "", "code": 0, "data": [{"id": 1}]},
        {"count": 1, "next": None, "results": [{"id": 1}], "status_code": 200, "message": []},
        {"count": "1", "results": [], "data": [{"id": 1}], "code": "0", "msg": ""},
        {"count": 1, "results": [{"id": 1}], "data": []},
    ],
)
def test_rows_wherever_they_are(body: Any) -> None:
    assert page(body) == Page(({"id": 1},), 1, None)


def test_a_bare_array_does_not_say_how_many_there_are() -> None:
    assert page([{"id": 1}]) == Page(({"id": 1},), None, None)


def test_the_empty_sample_has_both() -> None:
    sample: Any = {"count": 0, "next": None, "previous": None, "msg": "", "code": 0, "results": [], "data": []}
    assert page(sample) == Page((), 0, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8090/iclock/api/transactions/?page=2&page_size=20&ordering=-upload_time",
        "/iclock/api/transactions/?page=2&page_size=20&ordering=-upload_time",
        "?page=2&page_size=20&ordering=-upload_time",
    ],
)
def test_of_next_only_the_query_is_taken(url: str) -> None:
    found = page({"count": 40, "next": url, "data": [{"id": 1}]})
    assert found.next_query == {"page": "2", "page_size": "20", "ordering": "-upload_time"}


def test_next_of_no_shape() -> None:
    assert page({"next": "", "data": []}).next_query is None
    assert page({"next": 5, "data": []}).next_query is None
    assert page({"next": "http://x/", "data": []}).next_query == {}
    assert fault_of(200, b'{"next":"http://[x","data":[]}').fault is Fault.PAGE


@pytest.mark.parametrize(("count", "read"), [(-1, None), (True, None), ("many", None), (None, None), ("116", 116)])
def test_count(count: Any, read: int | None) -> None:
    assert page({"count": count, "data": []}).count == read


def test_404_past_the_end_is_an_end_and_html_is_not() -> None:
    assert page({"detail": "Invalid page."}, 404) == Page((), past_end=True)
    assert fault_of(404, b"<h1>Not Found</h1>", "text/html").fault is Fault.MISSING
    assert fault_of(405, b'{"detail":"no"}').fault is Fault.MISSING


def test_f15_html_is_a_page_fault() -> None:
    assert fault_of(200, b"<html>Page not found</html>", "text/html").fault is Fault.PAGE
    assert fault_of(200, b"<html>Page not found</html>").fault is Fault.PAGE
    assert "HTML" in str(fault_of(200, b" <!doctype html>"))


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (400, b'{"start_time":["Enter a valid date/time."]}', Fault.REFUSED),
        (401, b'{"detail":"Invalid token."}', Fault.UNAUTHORISED),
        (403, b'{"detail":"You do not have permission"}', Fault.FORBIDDEN),
        (418, b"", Fault.REFUSED),
        (429, b"", Fault.BUSY),
        (302, b"", Fault.ERROR),
        (500, b"<html>", Fault.ERROR),
        (200, b"", Fault.PAGE),
        (200, b"{", Fault.PAGE),
        (200, b"null", Fault.PAGE),
        (200, b'{"code":0}', Fault.PAGE),
        (200, b'{"data":{}}', Fault.PAGE),
        (200, b'{"data":[1]}', Fault.PAGE),
        (200, b'{"data":[],"x":NaN}', Fault.PAGE),
        (200, b"\xff\xfe{}", Fault.PAGE),
        (200, b"[" * 100_000, Fault.PAGE),
        (200, b'{"code":3,"msg":"no","data":[]}', Fault.ERROR),
        (200, b'{"status_code":403,"message":["no"],"results":[]}', Fault.FORBIDDEN),
        (200, b'{"status_code":"x","results":[]}', Fault.ERROR),
    ],
)
def test_faults(status: int, body: bytes, fault: Fault) -> None:
    assert fault_of(status, body).fault is fault


def test_a_refusal_names_fields_and_never_values() -> None:
    said = str(fault_of(400, b'{"password":["hunter2 is too short"],"emp_code":["exists"]}'))
    assert said == "HTTP 400: fields password, emp_code"
    assert len(str(fault_of(400, json.dumps({"detail": "x" * 5000}).encode()))) < 200


def test_what_no_64_bit_reader_takes_stays_text() -> None:
    found = parse_page(
        200, JSON, b'{"data":[{"id":9223372036854775808,"b":9223372036854775807,"c":' + b"7" * 5000 + b"}]}"
    )
    assert found.rows[0]["id"] == "9223372036854775808"
    assert found.rows[0]["b"] == 9223372036854775807
    assert found.rows[0]["c"] == "7" * 5000


def test_halves_of_characters_are_replaced() -> None:
    found = parse_page(200, JSON, b'{"data":[{"a":"x\\ud800y","b":"\\ud83d\\ude00"}]}')
    assert found.rows[0] == {"a": "x\ufffdy", "b": "\U0001f600"}


def test_objects() -> None:
    assert parse_object(200, JSON, b'{"id":5,"code":7}') == {"id": 5, "code": 7}, "a field of its own, no envelope"
    with pytest.raises(AnswerFault, match="array"):
        parse_object(200, JSON, b"[]")
    with pytest.raises(AnswerFault) as error:
        parse_object(404, JSON, b'{"detail":"Not found."}')
    assert error.value.fault is Fault.ABSENT


@pytest.mark.parametrize(
    ("status", "body", "read"),
    [
        (204, b"", {}),
        (200, b"", {}),
        (200, b'"ok"', {}),
        (200, b"ok", {}),
        (200, b"[]", {}),
        (201, b'{"id":9}', {"id": 9}),
    ],
)
def test_answers_to_writes(status: int, body: bytes, read: Any) -> None:
    assert parse_done(status, JSON, body) == read


def test_a_write_that_is_answered_with_a_login_page() -> None:
    with pytest.raises(AnswerFault):
        parse_done(200, "text/html", b"<html>")


@given(st.integers(100, 599), st.sampled_from([JSON, "text/html", ""]), st.binary(max_size=60) | json_values())
def test_any_answer_is_read_or_refused(status: int, content_type: str, body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    for parse in (parse_page, parse_object, parse_done):
        with suppress(AnswerFault):
            parse(status, content_type, raw)
