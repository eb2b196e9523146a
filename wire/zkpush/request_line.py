"""Request lines and what a head says of its connection: the pure parts of the repair in `request_bytes`."""

import re

_UNSAFE = re.compile(rb"[^!-~]")
_VERSION = re.compile(rb"HTTP/\d\.\d")
_METHODS = (b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH")
_REQUEST_STARTS = tuple(method + b" " + target for method in _METHODS for target in (b"/", b"http://"))
_LONGEST_START = max(map(len, _REQUEST_STARTS))

# What the next request on a connection begins with; no start occurs within another, so the first match is certain.
NEXT_REQUEST = re.compile(b"|".join(map(re.escape, _REQUEST_STARTS)))


def repair_request_line(line: bytes) -> bytes:
    """METHOD SP target SP HTTP/x.y, the target being everything between the first and the last blank."""
    method, _, rest = line.strip(b" \t").partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not target or not _VERSION.fullmatch(version):
        return line  # no request line at all: the parser says so
    safe = _UNSAFE.sub(lambda byte: b"%%%02X" % byte[0][0], target.strip(b" \t"))
    return b"%b %b %b" % (method, safe, version)


def closes(head: bytes) -> bool:
    """Whether the request (head in lower case, CRLF line ends) is the last one that its connection may carry."""
    at = head.find(b"\r\nconnection:")
    value = head[at + 13 : head.find(b"\r", at + 13)] if at >= 0 else b""
    if head[head.find(b"\r") - 1] == 0x30:  # HTTP/1.0
        return b"keep-alive" not in value
    return b"close" in value


def length_of_possible_start(pending: bytearray) -> int:
    """How many bytes at the end may be the beginning of a request line that the next segment completes."""
    for size in range(min(_LONGEST_START - 1, len(pending)), 0, -1):
        tail = bytes(pending[-size:])
        if any(start.startswith(tail) for start in _REQUEST_STARTS):
            return size
    return 0
