import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.akuvox.envelope import Verdict, parse_answer, request_body, safe_message, verdict, whole_number
from wire.akuvox.errors import AnswerUnreadable


def test_request_carries_target_and_action() -> None:
    assert json.loads(request_body("contact", "add", {"name": "Johnson"})) == {
        "target": "contact", "action": "add", "data": {"name": "Johnson"},
    }  # fmt: skip
    assert json.loads(request_body("system", "info")) == {"target": "system", "action": "info"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"retcode":0,"action":"get","message":"OK"}', Verdict.OK),
        (b'{"retcode":1,"action":"add","message":"OK"}', Verdict.OK),  # A09
        (b'{"retcode":"0","message":"OK"}', Verdict.OK),
        (b'{"retcode":-1,"action":"unknow","message":"unsupport action"}', Verdict.NOT_SUPPORTED),
        (b'{"retcode":-1,"message":"no hanlders for this target"}', Verdict.NOT_SUPPORTED),
        (b'{"retcode":-1,"message":"Api unsupported"}', Verdict.NOT_SUPPORTED),
        (b'{"retcode":-100,"message":"error"}', Verdict.REFUSED),
        (b'{"retcode":-1,"action":"upgrade","message":"Wrong MD5"}', Verdict.FAILED),
    ],
)
def test_retcodes(body: bytes, expected: Verdict) -> None:
    assert verdict(parse_answer(body)) is expected


def test_success_is_no_lack_of_support_whatever_it_says() -> None:
    assert verdict(parse_answer(b'{"retcode":0,"message":"unsupport action"}')) is Verdict.OK


def test_trailing_bytes_are_tolerated_and_counted() -> None:
    answer = parse_answer(b'\xef\xbb\xbf \n{"retcode":0,"message":"OK","data":{"num":1}}\r\n\x00garbage')
    assert (answer.retcode, answer.data, answer.replaced) == (0, {"num": 1}, False)
    assert answer.trailing == len("\0garbage")


def test_bytes_that_are_no_utf8_are_replaced_and_flagged() -> None:
    answer = parse_answer(b'{"retcode":0,"data":{"item":[{"Name":"Jos\xe9"}]}}')
    assert answer.data["item"][0]["Name"] == "Jos\ufffd"
    assert answer.replaced
    assert not parse_answer('{"retcode":0,"data":"\ufffd"}'.encode()).replaced  # the station's own
    assert not parse_answer(b'{"retcode":0} \xff\xfe').replaced  # in the trailing bytes alone


def test_half_a_surrogate_pair_can_be_written_after() -> None:
    answer = parse_answer(rb'{"retcode":0,"data":{"\ud800":["\udfff", "\ud83d\ude00"]}}')
    assert answer.data == {"\ufffd": ["\ufffd", "\U0001f600"]}
    assert answer.replaced


def test_a_number_beyond_64_bits_is_kept_as_text() -> None:
    assert parse_answer(b'{"retcode":0,"data":' + b"9" * 30 + b"}").data == "9" * 30


@pytest.mark.parametrize(
    "body",
    [
        b"", b"  \r\n", b"<html>login</html>", b"OK", b"[]", b'"x"', b"{", b'{"message":"OK"}', b'{"retcode":null}',
        b'{"retcode":true}', b'{"retcode":"x"}', b'{"retcode":0,"data":NaN}', b"[" * 100_000,
        b'{"retcode":0,"data":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        parse_answer(body)


def test_an_answer_shows_no_data() -> None:
    shown = repr(parse_answer(b'{"retcode":0,"message":"Code 7777","data":{"Code":"55555555"}}'))
    assert "5555" not in shown
    assert "7777" not in shown


def test_message_without_codes() -> None:
    assert safe_message("Wrong MD5") == "Wrong MD5"
    assert safe_message("Code 88888888 of card 00B4161D\x00\n doubled") == "Code *** of card ***  doubled"
    assert len(safe_message("x " * 5000)) <= 120


@pytest.mark.parametrize(
    ("value", "number"), [("7", 7), (" -1 ", -1), (3, 3), (True, None), ("1.0", None), ("٣", None)]
)
def test_whole_number(value: object, number: int | None) -> None:
    assert whole_number(value) == number


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: b'{"retcode":0,"data":' + text.encode()))
)
def test_nothing_but_its_own_error(body: bytes) -> None:
    with contextlib.suppress(AnswerUnreadable):
        parse_answer(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(_JSON, st.binary(max_size=20))
def test_data_comes_as_it_was_sent(data: object, tail: bytes) -> None:
    body = json.dumps({"retcode": 0, "data": data}).encode() + b"\n" + tail
    assert parse_answer(body).data == data
