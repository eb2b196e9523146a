"""C11 to C30: ATTLOG. C26, C28 and C30 are about how the bytes come and go: tests of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from processors.normalize.convert import convert_attendance
from processors.normalize.records import DevicePeriods, RawUpload
from schemas.codec import decode_event
from schemas.events import Punch, TimeFlag
from schemas.identity import punch_id
from tests.contract.zk_examples.example import ATTENDANCE as TOPIC
from tests.contract.zk_examples.example import H10, Example, Raw, Step, get, post
from tests.unit.ingest.stand_ins import KNOWN
from wire.zkpush.attlog import AttlogRow, parse_attlog

C14_BODY: Final = b"00017\t2026-03-01 08:59:58\t0\t15\t0\t0\t0\t0\t0\t0\r\n00018\t2026-03-01 09:00:02\t255\t1\t\t0\t0"
C16_BODY: Final = b"wctpl070\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t\n"
_WIDE: Final = b"982\t2016-02-25 12:08:21\t1\t0\t9001\t0\t0\t1\t2\t3\t4\t5\t6"
_FIVE: Final = b"6\t2026-03-01 09:00:00\t0\t1\t0\n"


def rows(raw: Raw) -> list[AttlogRow]:
    batch = parse_attlog(raw.body)
    assert not batch.errors
    return batch.rows


def brief(raw: Raw) -> object:
    """PIN, time, state, verify, work code of each row, and the stamp of the request."""
    told = [(row.pin, row.time_text, row.state, row.verify, row.work_code) for row in rows(raw)]
    return told, raw.params["stamp"]


def codes(raw: Raw) -> object:
    return [(row.job_codes, row.tip_codes, row.tail) for row in rows(raw)]


def tails(raw: Raw) -> object:
    return [(row.pin, row.state, row.work_code, row.tail) for row in rows(raw)]


def punches(raw: Raw) -> list[Punch]:
    upload = RawUpload(raw.sent.raw, raw.body, 0, 0)
    pieces = list(convert_attendance(upload, DevicePeriods((KNOWN,), 1), "UTC", _no_failure))
    assert not any(piece.dead for piece in pieces)
    return [decode_event(Punch, record.value) for piece in pieces for record in piece.punches]


def _no_failure(error: BaseException) -> None:
    raise error


def _upload(query: str, body: bytes, count: int, read: Callable[[Raw], object], meaning: object) -> Step:
    return Step(post(f"/iclock/cdata{query}", body), b"OK: %d\n" % count, TOPIC, "ATTLOG", read, meaning)


ATTENDANCE: Final = (
    Example("C11", (
        _upload("?SN=12300001&table= ATTLOG&Stamp=2008-02-25T12:08:21",
                b"982\t2008-02-25 12:08:21\t1\t0\t9001\t\t\n982\t2008-02-25 18:01:09\t1\t0\t9001\t\t\n", 2, brief,
                ([("982", "2008-02-25 12:08:21", 1, 0, "9001"), ("982", "2008-02-25 18:01:09", 1, 0, "9001")],
                 "2008-02-25T12:08:21")),
    )),
    Example("C12", (
        _upload("?SN=12300001&table=ATTLOG&Stamp=2016-02-25T12:08:21", _WIDE + b"\t1.0\t2.0\t3.0\n", 1, codes,
                [(tuple("123456"), ("1.0", "2.0", "3.0"), ())]),
    )),
    Example("C13", (
        _upload("?SN=12300001&table=ATTLOG&Stamp=2016-02-25T12:08:21", _WIDE + b"\n", 1, codes,
                [(tuple("123456"), (), ())]),
    )),
    Example("C14", (
        _upload("?SN=TST0000000014&table=ATTLOG&Stamp=9999", C14_BODY, 2, tails,
                [("00017", 0, "0", ("0", "0", "0")), ("00018", 255, "", ())]),
    )),
    Example("C16", (
        _upload("?SN=TST0000000016&table=ATTLOG&Stamp=9999", C16_BODY, 1, brief,
                ([("wctpl070", "2026-03-01 09:00:00", 0, 1, "0")], "9999")),
    )),
    Example("C17", (
        _upload("?SN=TST0000000017&table=ATTLOG&Stamp=9999", b"1\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t0\t36.6\n", 1,
                tails, [("1", 0, "0", ("0", "36.6"))]),
        _upload("?SN=TST0000000018&table=ATTLOG&Stamp=9999",
                b"1\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t110101199001011234\t1\n", 1,
                tails, [("1", 0, "0", ("110101199001011234", "1"))]),
    )),
    # A lost reply: the same bytes again, from which the same punch is made.
    Example("C19", tuple(
        _upload("?SN=TST0000000019&table=ATTLOG&Stamp=9999", _FIVE, 1,
                lambda raw: [(punch.event_id, punch.pin) for punch in punches(raw)],
                [(punch_id("acme", "TST0000000019", "6", "2026-03-01T09:00:00"), "6")])
        for _ in range(2)
    )),
    Example("C21", (
        Step(post("/iclock/cdata?SN=TST0000000021&table=ATTLOG&Stamp=0", b""), b"OK: 0\n"),
        Step(get("/iclock/cdata?SN=TST0000000021&table=ATTLOG&Stamp=0", H10), b"OK: 0\n"),
    )),
    Example("C23", (
        _upload("?SN=TST0000000023&table=ATTLOG&Stamp=9999", b"7\t2031-01-01 00:00:00\t0\t1\t0\n", 1,
                lambda raw: [punch.time_flags for punch in punches(raw)],
                [[TimeFlag.FUTURE_PUNCH, TimeFlag.QUARANTINED]]),
    )),
)  # fmt: skip
