"""Answers byte for byte, as firmware matches them (spec/zk-push.md 0.3, T13)."""

from __future__ import annotations

import re

import pytest

from ingest.answers import answer_bytes

DATE = rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"


@pytest.mark.parametrize(
    ("http_1_1", "keep_alive", "start", "connection"),
    [
        (True, True, b"HTTP/1.1 200 OK", b""),
        (True, False, b"HTTP/1.1 200 OK", b"Connection: close\r\n"),
        (False, True, b"HTTP/1.0 200 OK", b"Connection: keep-alive\r\n"),
        (False, False, b"HTTP/1.0 200 OK", b"Connection: close\r\n"),
    ],
)
def test_the_whole_answer(http_1_1: bool, keep_alive: bool, start: bytes, connection: bytes) -> None:
    wire = answer_bytes(200, b"OK: 2\n", http_1_1=http_1_1, keep_alive=keep_alive)
    pattern = start + b"\r\nContent-Type: text/plain\r\n" + DATE + connection + b"Content-Length: 6\r\n\r\nOK: 2\n"
    assert re.fullmatch(pattern, wire)


def test_send_it_again_says_when() -> None:
    assert b"\r\nRetry-After: 30\r\n" in answer_bytes(503, b"", http_1_1=True, keep_alive=True)
    assert b"Retry-After" not in answer_bytes(400, b"", http_1_1=True, keep_alive=True)


def test_heads_stay_small() -> None:
    assert len(answer_bytes(503, b"", http_1_1=False, keep_alive=False)) < 300
