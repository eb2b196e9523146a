"""Damage as networks, firmware and strangers do it: everything comes from the random generator that is given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

MAX_BYTES: Final = 32 * 1024
_TOKENS: Final = (
    *(b"\t", b"\n", b"\r\n", b"\r", b"\0", b" ", b"=", b"&", b",", b";", b":", b"%", b"+", b"?", b"/", b"~", b"\x0b"),
    *(b"PIN=", b"Pin=", b"TMP=", b"Content=", b"content=", b"&content=", b"ID=1", b"Return=0", b"SIZE=", b"time="),
    *(b"USER ", b"OPLOG ", b"FP ", b"BIODATA ", b"USERPIC ", b"ERRORLOG ", b"CHECK LOG:", b"LZO1", b"\x1f\x8b"),
    *(b"2026-03-29 02:30:00", b"2026-02-30 25:61:61", b"1971--10--29 -23:-27:-54", b"0000-00-00 00:00:00", b"9" * 40),
    *(b"-1", b"0", b"255", b"65536", b"-2147483649", b"1e9", b"\xff", b"\xfe", b"\xe4\xbd", b"\xc4\xe3", b"\x80"),
    *(b"\xed\xa0\x80", "\u2028".encode(), "٣".encode(), "🙂".encode(), b"HTTP/1.1\r\n", b"GET /", b"POST /"),
    *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n", b"pin=", b"SN=", b"tablename=user"),
)


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds after one to eight kinds of damage; never longer than `MAX_BYTES`."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        data = rng.choice(_DAMAGES)(rng, data, seeds)[:MAX_BYTES]
    return data


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randint(0, len(data))


def _slice(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = _place(rng, data)
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 64, 1024)))


def _flip(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes((rng.randrange(256),)) + data[at + 1 :]


def _insert(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.choice(_TOKENS) + data[at:]


def _noise(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.randbytes(rng.choice((1, 3, 17, 200))) + data[at:]


def _delete(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    start, end = _slice(rng, data)
    return data[:start] + data[end:]


def _cut(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    return data[: _place(rng, data)]


def _replace(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """One token of the grammar for another, wherever it stands."""
    return data.replace(rng.choice((b"\t", b"\n", b"=", b"&", b"0", b" ", b",")), rng.choice(_TOKENS), 3)


def _double(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    start, end = _slice(rng, data)
    at = _place(rng, data)
    return data[:at] + data[start:end] + data[at:]


def _repeat(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """The same again and again: what takes the square of its length shows here."""
    start, end = _slice(rng, data)
    piece = data[start:end] or rng.choice(_TOKENS)
    return data[:start] + piece * rng.choice((2, 10, 300, MAX_BYTES // len(piece))) + data[end:]


def _splice(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = rng.choice(seeds)
    return data[: _place(rng, data)] + other[_place(rng, other) :]


_DAMAGES: Final[tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...]] = (
    *(_flip, _flip, _insert, _insert, _insert, _noise, _delete, _delete),
    *(_cut, _replace, _replace, _double, _splice, _repeat),
)
