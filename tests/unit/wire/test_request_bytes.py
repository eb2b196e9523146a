"""Repair of request bytes: the rows of spec/zk-push.md 3, held against aiohttp's own parser."""

import asyncio
from itertools import pairwise
from typing import NamedTuple

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParserC
from hypothesis import example, given
from hypothesis import strategies as st

from wire.zkpush.errors import HeadTooLarge, LengthRequired, RequestRefused
from wire.zkpush.request_bytes import MAX_HEAD_BYTES, Fix, RequestNormalizer

ROW = b"982\t2026-03-01 09:00:00\t0\t1\t0\n"
POST_10 = b"POST /iclock/cdata?SN=1&table=ATTLOG HTTP/1.0\r\nHost: edge\r\nContent-Length: 30\r\n\r\n" + ROW
POST_11 = b"POST /iclock/cdata?SN=1&table=ATTLOG HTTP/1.1\r\nHost: edge\r\nContent-Length: 30\r\n\r\n" + ROW
GET_11 = b"GET /iclock/getrequest?SN=1 HTTP/1.1\r\nhost: edge\r\n\r\n"
GET_10 = b"GET /iclock/getrequest?SN=1 HTTP/1.0\r\n\r\n"
KEPT_10 = b"GET /iclock/ping?SN=1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"


class Parsed(NamedTuple):
    method: str
    path: str
    body: bytes
    complete: bool


def parse(data: bytes) -> list[Parsed]:
    """The requests that aiohttp's C parser sees; raises what it raises."""

    async def run() -> list[Parsed]:
        loop = asyncio.get_running_loop()
        parser = HttpRequestParserC(BaseProtocol(loop), loop, 2**16)
        messages, _, _ = parser.feed_data(data)
        found = []
        for message, payload in messages:
            body = b""
            while payload.total_bytes and (chunk := payload.read_nowait(-1)):
                body += chunk
            found.append(Parsed(message.method, message.path, body, payload.is_eof()))
        return found

    return asyncio.run(run())


def repair(data: bytes) -> tuple[bytes, dict[Fix, int]]:
    normalizer = RequestNormalizer()
    return normalizer.feed(data), dict(normalizer.fixes)


@pytest.mark.parametrize("clean", [POST_10, POST_11, GET_11, GET_10, KEPT_10])
def test_a_clean_request_comes_out_as_the_very_same_object(clean: bytes) -> None:
    normalizer = RequestNormalizer()
    assert normalizer.feed(clean) is clean
    assert not normalizer.fixes
    assert not normalizer.head_incomplete
    assert len(parse(clean)) == 1


def test_a_kept_connection_hands_on_every_clean_request_untouched() -> None:
    normalizer = RequestNormalizer()
    for request in (POST_11, GET_11, KEPT_10, POST_11):
        assert normalizer.feed(request) is request


def test_a_body_in_its_own_segments_is_handed_on_untouched() -> None:
    normalizer = RequestNormalizer()
    head, first, second = POST_11[:-30], POST_11[-30:-7], POST_11[-7:]
    assert normalizer.feed(head) is head
    assert normalizer.feed(first) is first
    assert normalizer.feed(second) is second
    assert normalizer.feed(GET_11) is GET_11


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        (b"/iclock/cdata?table= ATTLOG&x=1", "/iclock/cdata?table=%20ATTLOG&x=1"),
        (b"/iclock/cdata?table=ATTLOG &x=1  ", "/iclock/cdata?table=ATTLOG%20&x=1"),
        (b"/iclock/getrequest?INFO= Ver%206.8, 2", "/iclock/getrequest?INFO=%20Ver%206.8,%202"),
        (b"/iclock/cdata?a=\tb", "/iclock/cdata?a=%09b"),
        (b"/iclock/cdata?a=\x00\x7f", "/iclock/cdata?a=%00%7F"),
        (b"/iclock/cdata?name=\xd5\xc5", "/iclock/cdata?name=%D5%C5"),
    ],
)
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_unsafe_bytes_in_the_target_are_percent_encoded(target: bytes, safe: str, version: bytes) -> None:
    raw = b"GET " + target + b" HTTP/" + version + b"\r\nHost: edge\r\n\r\n"
    with pytest.raises(HttpProcessingError):
        parse(raw)
    repaired, fixes = repair(raw)
    assert parse(repaired) == [Parsed("GET", safe, b"", True)]
    assert fixes == {Fix.REQUEST_LINE: 1}


@pytest.mark.parametrize("ends", [b"\n", b"mixed"])
def test_bare_line_feeds_become_crlf(ends: bytes) -> None:
    head, body = POST_11[:-30], POST_11[-30:]
    raw = (head.replace(b"\r\n", b"\n") if ends == b"\n" else head.replace(b"edge\r\n", b"edge\n")) + body
    with pytest.raises(HttpProcessingError):
        parse(raw)
    repaired, fixes = repair(raw)
    assert repaired == POST_11
    assert fixes == {Fix.LINE_ENDS: 1}


def test_one_bare_line_feed_among_clean_lines_is_enough() -> None:
    raw = GET_11.replace(b"\r\n\r\n", b"\nX-A: 1\r\n\r\n")
    with pytest.raises(HttpProcessingError):
        parse(raw)
    assert repair(raw) == (raw.replace(b"edge\n", b"edge\r\n"), {Fix.LINE_ENDS: 1})


def test_http_1_1_without_host_gets_one() -> None:
    raw = POST_11.replace(b"Host: edge\r\n", b"")
    with pytest.raises(HttpProcessingError, match="Host"):
        parse(raw)
    repaired, fixes = repair(raw)
    assert [request.body for request in parse(repaired)] == [ROW]
    assert fixes == {Fix.HOST_ADDED: 1}


@pytest.mark.parametrize("request_bytes", [POST_10, POST_11])
def test_bytes_past_the_content_length_are_cut(request_bytes: bytes) -> None:
    raw = request_bytes + b"983\t2026-03-01 09:00:01\t0\t1\t0\n"
    with pytest.raises(HttpProcessingError):
        parse(raw)
    repaired, fixes = repair(raw)
    assert repaired == request_bytes
    assert fixes == {Fix.EXCESS_DROPPED: 1}


@pytest.mark.parametrize(
    ("between", "fix"),
    [(b"", None), (b"\r\n", Fix.CRLF_DROPPED), (b"\n\r\n", Fix.CRLF_DROPPED), (b"junk", Fix.EXCESS_DROPPED)],
)
def test_a_request_right_after_another_is_the_next_one(between: bytes, fix: Fix | None) -> None:
    repaired, fixes = repair(POST_11 + between + GET_11)
    assert repaired == POST_11 + GET_11
    assert fixes == ({fix: 1} if fix else {})
    assert [request.method for request in parse(repaired)] == ["POST", "GET"]


@pytest.mark.parametrize("closing", [POST_10, GET_11.replace(b"edge\r\n", b"edge\r\nConnection: close\r\n")])
def test_a_closing_request_with_excess_after_a_kept_one_is_not_lost(closing: bytes) -> None:
    normalizer = RequestNormalizer()
    assert normalizer.feed(POST_11) == POST_11
    assert normalizer.feed(closing + b"junk") == closing


@pytest.mark.parametrize("closing", [POST_10, GET_10])
def test_nothing_follows_a_request_that_closes(closing: bytes) -> None:
    with pytest.raises(HttpProcessingError, match="close"):
        parse(closing + GET_11)
    assert repair(closing + GET_11) == (closing, {Fix.EXCESS_DROPPED: 1})
    normalizer = RequestNormalizer()
    assert normalizer.feed(closing) == closing
    assert normalizer.feed(GET_11) == b""
    assert not normalizer.head_incomplete


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 30\r\nContent-Length: 30\r\n",
        b"Content-Length: 30\r\nContent-Length: 3\r\n",
        b"Content-Length: 30\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: +30\r\n",
        b"Content-Length: 30, 30\r\n",
        b"Content-Length: \r\n",
        b"Content-Length: " + b"9" * 25 + b"\r\n",
    ],
)
@pytest.mark.parametrize("host", [b"Host: edge\r\n", b"Host: edge\n"])
@pytest.mark.parametrize("excess", [b"", b"junk"])
def test_contradicting_lengths_go_through_for_the_parser_to_refuse(lengths: bytes, host: bytes, excess: bytes) -> None:
    raw = POST_11.replace(b"Content-Length: 30\r\n", lengths).replace(b"Host: edge\r\n", host) + excess
    normalizer = RequestNormalizer()
    assert normalizer.feed(raw) == raw
    assert normalizer.feed(b"more ") == b"more "
    with pytest.raises(HttpProcessingError):
        parse(raw)


def test_a_chunked_request_has_its_head_repaired_and_its_body_handed_on() -> None:
    raw = b"POST /iclock/cdata?t= A HTTP/1.1\nTransfer-Encoding: chunked\n\n1e\r\n" + ROW + b"\r\n0\r\n\r\n"
    repaired, fixes = repair(raw)
    assert parse(repaired) == [Parsed("POST", "/iclock/cdata?t=%20A", ROW, True)]
    assert fixes == {Fix.REQUEST_LINE: 1, Fix.LINE_ENDS: 1, Fix.HOST_ADDED: 1}


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH"])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("body", [b"", ROW])
def test_an_upload_without_length_is_refused(method: bytes, version: bytes, body: bytes) -> None:
    raw = method + b" /iclock/cdata?SN=1&table=ATTLOG HTTP/" + version + b"\r\nHost: edge\r\n\r\n"
    normalizer = RequestNormalizer()
    with pytest.raises(LengthRequired, match=method.decode()) as refused:
        normalizer.feed(raw + body)
    assert refused.value.status == 411
    assert normalizer.feed(GET_11) == b""


def test_a_refusal_hands_over_what_was_good_before_it() -> None:
    with pytest.raises(LengthRequired) as refused:
        RequestNormalizer().feed(POST_11 + b"POST /iclock/cdata HTTP/1.1\r\n\r\n")
    assert refused.value.before == POST_11


@pytest.mark.parametrize("segment", [1, 1000, 10**6])
def test_a_head_above_the_limit_is_refused(segment: int) -> None:
    fits = b"GET / HTTP/1.0\r\nX: " + b"x" * (MAX_HEAD_BYTES - 23) + b"\r\n\r\n"
    assert len(fits) == MAX_HEAD_BYTES
    for endless in (fits.replace(b"X", b"Xx"), b"GET /" + b"x" * MAX_HEAD_BYTES):
        normalizer = RequestNormalizer()
        with pytest.raises(HeadTooLarge, match="16384 bytes"):
            b"".join(normalizer.feed(endless[at : at + segment]) for at in range(0, len(endless), segment))
    normalizer = RequestNormalizer()
    assert b"".join(normalizer.feed(fits[at : at + segment]) for at in range(0, len(fits), segment)) == fits


def test_an_incomplete_head_is_told() -> None:
    normalizer = RequestNormalizer()
    told = [normalizer.head_incomplete]
    for segment in (b"POST /iclock/cdata?SN=1 HT", b"TP/1.0\r\nContent-Length: 30\r\n\r\n98", b"2"):
        normalizer.feed(segment)
        told.append(normalizer.head_incomplete)
    assert told == [False, True, False, False]  # a body that does not come is another clock's business


def test_bytes_that_are_no_request_reach_the_parser_when_they_come_first() -> None:
    repaired, _ = repair(b"HELLO\r\n\r\n")
    with pytest.raises(HttpProcessingError):
        parse(repaired)


PIECES = st.sampled_from(
    [
        POST_10,
        POST_11,
        GET_11,
        GET_10,
        KEPT_10,
        POST_11.replace(b"\r\n", b"\n"),
        POST_11.replace(b"table=", b"table= "),
        POST_11.replace(b"Host: edge\r\n", b""),
        POST_11.replace(b": 30", b": 25"),
        POST_11.replace(b"Content-Length: 30", b"Transfer-Encoding: chunked"),
        POST_11 + b"\r\n",
        GET_11 + b"GE",
        b"POST /x HTTP/1.1\r\n\r\n",
        b"HEAD http:",
        b"\r",
        b"\n",
        b"\0",
    ]
)


def outcome(segments: list[bytes]) -> tuple[bytes, str, dict[Fix, int]]:
    """Everything handed on, how it ended, what was repaired."""
    normalizer = RequestNormalizer()
    out = b""
    for segment in segments:
        try:
            out += normalizer.feed(segment)
        except RequestRefused as refused:
            return out + refused.before, type(refused).__name__, dict(normalizer.fixes)
    return out, "head" if normalizer.head_incomplete else "", dict(normalizer.fixes)


@given(
    stream=st.lists(st.one_of(PIECES, PIECES, PIECES, st.binary(max_size=20)), max_size=5).map(b"".join),
    cuts=st.sets(st.integers(0, 400), max_size=12),
)
@example(stream=POST_11 + GET_11, cuts=set(range(300)))
@example(stream=POST_11.replace(b"\r\n", b"\n") + b"xPOST" + POST_11, cuts=set(range(300)))
def test_any_split_into_segments_gives_the_same(stream: bytes, cuts: set[int]) -> None:
    borders = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    segments = [stream[a:b] for a, b in pairwise(borders)]
    assert outcome(segments) == outcome([stream])


@given(
    query=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40),
    headers=st.lists(st.from_regex(r"X-[A-Za-z0-9-]{1,8}: ?[ -~]{0,20}", fullmatch=True), max_size=4),
    body=st.binary(max_size=60),
)
def test_a_clean_request_comes_out_unchanged(query: str, headers: list[str], body: bytes) -> None:
    lines = [f"POST /iclock/cdata?{query} HTTP/1.1", *headers, "Host: edge", f"Content-Length: {len(body)}"]
    clean = "\r\n".join([*lines, "", ""]).encode() + body
    assert outcome([clean]) == (clean, "", {})
    assert outcome([clean[at : at + 7] for at in range(0, len(clean), 7)])[0] == clean


@given(target=st.binary(min_size=1, max_size=60).filter(lambda raw: b"\n" not in raw and raw.strip(b" \t\r") == raw))
def test_any_target_is_accepted_after_repair(target: bytes) -> None:
    repaired, _ = repair(b"GET /" + target + b" HTTP/1.1\n\n")
    assert [request.method for request in parse(repaired)] == ["GET"]
