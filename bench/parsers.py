"""Uploads beside attendance: mixed OPERLOG lines against splitting alone, and copies of a large photo in memory."""

from __future__ import annotations

import asyncio
import base64
import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, Final

from bench.bodies import open_producer
from bench.place import Place
from bench.report import Section, Table, Target
from bench.stats import Spread, ratios
from processors.normalize.context import Context
from processors.normalize.photos import convert_photos
from processors.normalize.records import DevicePeriods, RawUpload
from processors.normalize.tables import convert_table
from runtime import topics
from runtime.keyring import KeyRing, open_key_ring
from runtime.raw_bodies import open_raw, seal_raw
from runtime.settings import Settings
from schemas.headers import RawHeaders
from wire.zkpush.operlog import parse_table

_LINES: Final = 1_000
_PHOTO_BYTES: Final = 2_000_000
_REPEATS: Final = 15
_CHUNK: Final = 64 * 1024
_MOST_MS: Final = 20.0
_MOST_COPIES: Final = 2.0
_TENANT: Final = "demo"
_SERIAL: Final = "BENCH00001"
_SEALED: Final = "edge, until sealed"
_ACKNOWLEDGED: Final = "edge, until acknowledged"
_STORED: Final = "normalizer"
_HOW = (
    "One OPERLOG body of 1,000 lines as devices mix them (operations, users, fingerprints, faces, BIODATA, device "
    "errors, one user picture in 50 lines): splitting it into lines and those at tabs, our parser, and parser and "
    "conversion to events together; in turn within each round, each the median of 15 runs, in milliseconds of CPU "
    "time. Then a photo of 2 MB: the most memory that Python holds at a time (tracemalloc), in sizes of the photo: at "
    "the edge from the pieces that came until the body is sealed; there until Kafka's acknowledgement, with what "
    "Kafka's client holds while it sends; and in the normalizer from the sealed record to what goes to the sealed "
    "store."
)


def run(place: Place, rounds: int) -> Section:
    place.say("parsers: OPERLOG")
    body = operlog_body(random.Random(7))  # the same for every run
    cases: dict[str, Callable[[], object]] = {
        "lines and tabs split": lambda: [line.split(b"\t") for line in body.split(b"\n")],
        "parsed": lambda: parse_table("OPERLOG", body),
        "parsed and converted": lambda: list(convert_table(_context("OPERLOG", body), _raise)),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, work in cases.items():
            times[name].append(_median_ms(work))
    place.say("parsers: a photo of 2 MB")
    settings = place.settings("parsers")
    copies: dict[str, list[float]] = {_SEALED: [], _ACKNOWLEDGED: [], _STORED: []}
    for _ in range(rounds):
        sealed, acknowledged = asyncio.run(_edge_copies(settings))
        copies[_SEALED].append(sealed)
        copies[_ACKNOWLEDGED].append(acknowledged)
        copies[_STORED].append(_normalizer_copies(open_key_ring(settings.keys)))
    return _section(len(body), times, copies)


def operlog_body(rng: random.Random) -> bytes:
    """Lines in the shares of a device on which people are enrolled all day."""
    return b"\n".join(_line(rng, number) for number in range(_LINES)) + b"\n"


def _line(rng: random.Random, number: int) -> bytes:
    pin = 1 + number % 400
    kind = number % 50
    if kind == 0:
        return b"USERPIC PIN=%d\tFileName=%d.jpg\tSize=8192\tContent=%b" % (pin, pin, _base64(rng, 6_144))
    if kind < 26:
        code = rng.choice((4, 5, 6, 30, 37))
        return b"OPLOG %d\t1\t2026-03-01 08:%02d:%02d\t%d\t0\t0\t0" % (code, kind, number % 60, pin)
    if kind < 36:
        return b"USER PIN=%d\tName=Person %d\tPri=0\tPasswd=\tCard=[%08X]\tGrp=1\tTZ=0000000100000000\tVerify=-1" % (
            pin, pin, number,
        )  # fmt: skip
    if kind < 44:
        return b"FP PIN=%d\tFID=%d\tSize=1024\tValid=1\tTMP=%b" % (pin, number % 10, _base64(rng, 768))
    if kind < 46:
        return b"FACE PIN=%d\tFID=0\tSIZE=2048\tVALID=1\tTMP=%b" % (pin, _base64(rng, 1_536))
    if kind < 49:
        versions = b"Type=9\tMajorVer=58\tMinorVer=0\tFormat=0"
        return b"BIODATA Pin=%d\tNo=0\tIndex=0\tValid=1\tDuress=0\t%b\tTmp=%b" % (pin, versions, _base64(rng, 768))
    return b"ERRORLOG ErrCode=D01E0001\tErrMsg=disk\tDataOrigin=cmd\tCmdId=%d\tAdditional=" % number


def _base64(rng: random.Random, size: int) -> bytes:
    return base64.b64encode(rng.randbytes(size))


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_REPEATS):
        started = time.process_time()
        work()
        taken.append((time.process_time() - started) * 1_000)
    return Spread.of(taken).median


def _photo() -> bytes:
    head = b"PIN=20260301090000-982\nSN=BENCH00001\nsize=%d\nCMD=realupload\x00\xff\xd8" % _PHOTO_BYTES
    return head + bytes(_PHOTO_BYTES - 2)


async def _edge_copies(settings: Settings) -> tuple[float, float]:
    """As `ingest.bodies` and `ingest.emit` do it: pieces joined and sealed; appended and acknowledged."""
    await topics.apply(settings.kafka)
    sealer = open_key_ring(settings.keys).sealer(_TENANT)
    producer = open_producer(settings.kafka)
    await producer.start()
    await producer.prepare("raw.photos")
    try:
        tracemalloc.start()
        photo = _photo()
        chunks = [photo[at : at + _CHUNK] for at in range(0, len(photo), _CHUNK)]
        del photo
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0] - _PHOTO_BYTES
        body = b"".join(chunks)
        chunks.clear()
        sealed = seal_raw(sealer, "raw.photos", _SERIAL, body)
        until_sealed = tracemalloc.get_traced_memory()[1] - before
        batch = producer.append("raw.photos", _SERIAL.encode(), sealed, partition_by=_SERIAL.encode(), headers=[])
        del sealed
        await batch.acked()
        until_acknowledged = tracemalloc.get_traced_memory()[1] - before
        return until_sealed / _PHOTO_BYTES, until_acknowledged / _PHOTO_BYTES
    finally:
        tracemalloc.stop()
        await producer.stop()


def _normalizer_copies(keys: KeyRing) -> float:
    photo = _photo()
    tracemalloc.start()
    try:
        value = bytes(seal_raw(keys.sealer(_TENANT), "raw.photos", _SERIAL, photo))
        headers = _headers("ATTPHOTO", keys.sealer(_TENANT).key_id)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0] - _PHOTO_BYTES
        body = open_raw(keys, "raw.photos", headers, value)
        (piece,) = convert_photos(_context("ATTPHOTO", body), _raise)
        assert piece.events[0].payload is not None
        return (tracemalloc.get_traced_memory()[1] - before) / _PHOTO_BYTES
    finally:
        tracemalloc.stop()


def _context(table: str, body: bytes) -> Context:
    return Context(RawUpload(_headers(table, ""), body, 0, 0, "raw.photos"), DevicePeriods((), 0), "Europe/Berlin")


def _headers(table: str, sealed: str) -> RawHeaders:
    return RawHeaders(_SERIAL, _TENANT, table, 1_772_355_600_000, "edge-1", "edge-1-1", "/iclock/cdata", "", "", sealed)


def _raise(error: BaseException) -> None:
    raise error


def _section(size: int, times: dict[str, list[float]], copies: dict[str, list[float]]) -> Section:
    split = times["lines and tabs split"]
    rows = [
        [name, Spread.of(found).text(2), ratios(found, split).text(1) if found is not split else "1"]
        for name, found in times.items()
    ]
    photos = [[name, Spread.of(found).text(2)] for name, found in copies.items()]
    parsed = Spread.of(times["parsed"])
    targets = [
        Target(f"OPERLOG, {_LINES:,} mixed lines ({size / 1024:,.0f} KiB): CPU ms", f"< {_MOST_MS:g}", parsed.text(2),
               parsed.high < _MOST_MS),
    ]  # fmt: skip
    for name, found in copies.items():
        spread = Spread.of(found)
        # Object headers and the parsed rows come on top of the bytes themselves.
        reached = spread.high < _MOST_COPIES + 0.05
        targets.append(
            Target(f"photo of 2 MB, {name}: copies in memory", f"<= {_MOST_COPIES:g}", spread.text(2), reached)
        )
    figures: dict[str, Any] = {"ms": times, "copies": copies}
    tables = [Table(("OPERLOG", "CPU ms", "times splitting"), rows), Table(("photo of 2 MB", "copies at most"), photos)]
    return Section("parsers", _HOW, tables, targets, figures)
