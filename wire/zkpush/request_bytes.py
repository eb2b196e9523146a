"""Repair of request bytes, ahead of aiohttp's HTTP parser (spec/zk-push.md 0.1 and 3).

Terminals send bytes for which the parser answers 400 before any handler runs. One `RequestNormalizer` stands on
each connection and hands on bytes that mean the same and parse. It never waits, never looks at a clock, and its
output depends on the byte stream alone, not on how the network cut it into segments.
"""

import re
from collections import Counter
from enum import StrEnum
from typing import Final

from wire.zkpush.errors import HeadTooLarge, LengthRequired, RequestRefused
from wire.zkpush.request_line import NEXT_REQUEST, closes, length_of_possible_start, repair_request_line

MAX_HEAD_BYTES: Final = 16 * 1024
_MAX_LENGTH_DIGITS: Final = 18

# States of a connection. Integers, because `feed` compares them for every segment.
_START: Final = 0  # nothing yet: whatever comes is a head, and the parser answers for it
_BETWEEN: Final = 1  # a request is complete: only what looks like a request line is the next one
_HEAD: Final = 2
_BODY: Final = 3
_RAW: Final = 4  # everything is handed on untouched until the connection ends
_REFUSED: Final = 5

_CLEAN_LINE = re.compile(rb"(?:GET|POST) /[!-~]* HTTP/1\.[01]\r\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_METHODS_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))


class Fix(StrEnum):
    """What was repaired: a closed set, fit for a metric label. Each counts once per request."""

    REQUEST_LINE = "request_line"  # blanks, tabs, control or non-ASCII bytes in the target
    LINE_ENDS = "line_ends"  # LF without CR
    HOST_ADDED = "host_added"  # HTTP/1.1 without Host
    EXCESS_DROPPED = "excess_dropped"  # bytes after the body that are no request
    CRLF_DROPPED = "crlf_dropped"  # empty lines ahead of a request


class RequestNormalizer:
    """The repair of one connection's requests; feed it every segment in order.

    A chunked request (a proxy is in front, which repairs by itself) has its head repaired; from its body on the
    connection is handed on raw. The same holds, head included, for two Content-Lengths, Content-Length with
    Transfer-Encoding, or a Content-Length that is no number: the parser answers 400, as it must (request smuggling).
    """

    __slots__ = ("_last_head", "_noted", "_pending", "_remaining", "_scanned", "_state", "fixes")

    def __init__(self) -> None:
        self.fixes: Counter[Fix] = Counter()
        self._state: int = _START
        self._pending = bytearray()  # bytes of a head that is not complete; never body bytes
        self._scanned = 0  # how much of `_pending` is known to hold no end of a head
        self._remaining = 0  # body bytes still to come
        self._last_head = b""  # lower case, of the request last handed on; tells whether it closes
        self._noted: set[Fix] = set()

    @property
    def head_incomplete(self) -> bool:
        """Bytes of a head have come but not its end: the time to watch for a slow-loris."""
        return bool(self._pending)

    def feed(self, data: bytes) -> bytes:
        """Bytes for the parser: the very `data` when nothing needs repair, b"" while a head is incomplete.

        Raises `RequestRefused` (`HeadTooLarge`, `LengthRequired`); after that everything fed is dropped.
        """
        state = self._state
        if state == _BODY:
            remaining = self._remaining - len(data)
            if remaining > 0:
                self._remaining = remaining
                return data
            if remaining == 0:
                self._remaining = 0
                self._state = _BETWEEN
                return data
        elif state <= _BETWEEN:
            if not self._pending and (state == _START or not closes(self._last_head)):
                missing = self._missing_of_clean(data)
                if missing == 0:
                    self._state = _BETWEEN
                    return data
                if missing > 0:
                    self._state = _BODY
                    self._remaining = missing
                    return data
        elif state == _RAW:
            return data
        elif state == _REFUSED:
            return b""
        return self._repair(data)

    def _missing_of_clean(self, data: bytes) -> int:
        """Body bytes still missing when `data` starts with a flawless head and holds nothing past its body, else -1.

        The hot path: one pattern for the request line, then searches that run in C.
        """
        line = _CLEAN_LINE.match(data)
        if line is None:
            return -1
        line_end = line.end()
        end = data.find(b"\r\n\r\n", line_end - 2)
        if end < 0 or end > MAX_HEAD_BYTES - 4:
            return -1
        head = data[: end + 2].lower()
        if head.count(b"\n") != head.count(b"\r\n") or b"\r\ntransfer-encoding:" in head:
            return -1
        if data[line_end - 3] == 0x31 and b"\r\nhost:" not in head:  # HTTP/1.1
            return -1
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            at += 17
            if head.find(b"\r\ncontent-length:", at) >= 0:
                return -1
            value = head[at : head.find(b"\r", at)].strip(b" \t")
            if not value.isdigit() or len(value) > _MAX_LENGTH_DIGITS:
                return -1
            missing = int(value) + end + 4 - len(data)
        elif data[0] == 0x50:  # POST
            return -1
        else:
            missing = end + 4 - len(data)
        if missing < 0:
            return -1
        self._last_head = head
        if self._noted:
            self._noted.clear()
        return missing

    def _repair(self, data: bytes) -> bytes:
        pending = self._pending
        pending += data
        out: list[bytes] = []
        try:
            while pending:
                if self._state == _RAW:
                    out.append(bytes(pending))
                    pending.clear()
                elif self._state == _BODY:
                    out.append(self._take_body())
                elif self._state == _HEAD:
                    head = self._take_head()
                    if head is None:
                        break
                    out.append(self._repair_head(head))
                elif not self._find_request():
                    break
        except RequestRefused as refused:
            refused.before = b"".join(out)
            self._state = _REFUSED
            pending.clear()
            raise
        return b"".join(out)

    def _take_body(self) -> bytes:
        body = bytes(self._pending[: self._remaining])
        del self._pending[: len(body)]
        self._remaining -= len(body)
        if not self._remaining:
            self._state = _BETWEEN
        return body

    def _find_request(self) -> bool:
        """Drop what precedes the next request line; False while that is not in sight."""
        pending = self._pending
        empty_lines = len(pending) - len(pending.lstrip(b"\r\n"))
        if empty_lines:
            if Fix.EXCESS_DROPPED not in self._noted:  # else they belong to that excess
                self._note(Fix.CRLF_DROPPED)
            del pending[:empty_lines]
            if not pending:
                return False
        if self._state == _BETWEEN:
            # A parser that was told "close" refuses all further bytes, and with them the good request before.
            found = None if closes(self._last_head) else NEXT_REQUEST.search(pending)
            if found is None:
                keep = 0 if closes(self._last_head) else length_of_possible_start(pending)
                if keep < len(pending):
                    self._note(Fix.EXCESS_DROPPED)
                    del pending[: len(pending) - keep]
                return False
            if found.start():
                self._note(Fix.EXCESS_DROPPED)
                del pending[: found.start()]
        self._state = _HEAD
        self._scanned = 0
        return True

    def _take_head(self) -> bytes | None:
        pending = self._pending
        end = _HEAD_END.search(pending, self._scanned)
        if end is None:
            self._scanned = max(0, len(pending) - 2)
        if (len(pending) if end is None else end.end() - 1) >= MAX_HEAD_BYTES:
            raise HeadTooLarge(f"request line and headers pass {MAX_HEAD_BYTES} bytes; the connection is to be closed")
        if end is None:
            return None
        head = bytes(pending[: end.end()])
        del pending[: end.end()]
        return head

    def _repair_head(self, head: bytes) -> bytes:
        """The head as the parser wants it; sets the state for what follows."""
        lines = head.split(b"\n")[:-2]  # without the empty line and what follows it
        bare = [line[:-1] if line.endswith(b"\r") else line for line in lines]
        headers = [
            (name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in bare[1:])
        ]
        lengths = [value for name, value in headers if name == b"content-length"]
        encoded = any(name == b"transfer-encoding" for name, _ in headers)
        if len(lengths) + encoded > 1 or any(not v.isdigit() or len(v) > _MAX_LENGTH_DIGITS for v in lengths):
            self._state = _RAW
            return head
        if head.count(b"\n") != head.count(b"\r\n"):
            self._note(Fix.LINE_ENDS)
        request_line = repair_request_line(bare[0])
        if request_line != bare[0]:
            self._note(Fix.REQUEST_LINE)
        bare[0] = request_line
        if request_line.endswith(b"HTTP/1.1") and all(name != b"host" for name, _ in headers):
            self._note(Fix.HOST_ADDED)
            bare.insert(1, b"Host: unknown.invalid")
        method = request_line.partition(b" ")[0]
        if not lengths and not encoded and method in _METHODS_WITH_BODY:
            raise LengthRequired(
                f"{method.decode()} without Content-Length or Transfer-Encoding: its rows would be lost; "
                "the device keeps them and tries again"
            )
        repaired = b"\r\n".join((*bare, b"", b""))
        self._last_head = repaired[:-2].lower()
        self._noted.clear()
        self._remaining = int(lengths[0]) if lengths else 0
        self._state = _RAW if encoded else _BODY if self._remaining else _BETWEEN
        return repaired

    def _note(self, fix: Fix) -> None:
        if fix not in self._noted:
            self._noted.add(fix)
            self.fixes[fix] += 1
