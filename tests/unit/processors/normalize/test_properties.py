"""What holds for every body: nothing escapes, nothing good is lost, batches do not matter, no secret gets out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalize.records import Event
from schemas.codec import decode_event, encode_event
from schemas.devices import DeviceInput
from tests.unit.processors.normalize.raw import RECEIVED, Found, converted, together

PASSWORD, CARD, TEMPLATE = "pw9822x", "13375590", "c2VjcmV0dGVtcGxhdGU="
COORDINATES = ("raw_partition", "raw_offset", "raw_line", "request_id", "received_at", "rank")

LINES = st.sampled_from(
    [
        "USER PIN={n}\tName=Ann {n}\tPri=0\tPasswd={password}\tCard={card}\tGrp=1\tTZ=\tViceCard={card}",
        "USER PIN={n}\tName=Bo\tPri=14\tPasswd=\tCard=",
        "FP PIN={n}\tFID=1\tSize=20\tValid=1\tTMP={template}",
        "FACE PIN={n}\tFID=0\tSIZE=8\tVALID=1\tTMP={template}",
        "BIODATA Pin={n}\tNo=0\tIndex=1\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=0\tFormat=0\tTmp={template}",
        "USERPIC PIN={n}\tFileName={n}.jpg\tSize=20\tContent={template}",
        "OPLOG 4\t{n}\t2026-03-01 08:00:{n:02d}\t0\t0\t0\t0",
        "OPLOG 9\t0\t2026-03-01 08:01:{n:02d}\t{n}\t0\t0\t0",
        "OPLOG 8\t0\t2026-03-01 08:02:{n:02d}\t{n}\t{card}\t0\t0",
        "OPLOG 13\t0\t2026-03-01 08:03:{n:02d}\t0\t0\t0\t0",
        "ERRORLOG ErrCode=E{n}\tErrMsg=disk\tDataOrigin=cmd\tCmdId={n}\tAdditional={template}",
        "WORKCODE PIN={n}\tCode={n}\tName=Paint",
    ]
).flatmap(
    lambda form: st.integers(1, 9).map(
        lambda n: form.format(n=n, password=PASSWORD, card=CARD, template=TEMPLATE).encode()
    )
)


def final(found: Found) -> dict[Any, dict[str, Any]]:
    """The rows that remain: by topic and id the copy of greatest rank, without where it was read from."""
    rows: dict[Any, Event] = {}
    for derived in found.derived:
        event = derived.event
        if isinstance(event, DeviceInput):
            continue
        key = (derived.topic, event.event_id)
        present = rows.get(key)
        if present is None or isinstance(present, DeviceInput) or event.rank >= present.rank:
            rows[key] = event
    return {
        key: {name: value for name, value in asdict(event).items() if name not in COORDINATES}
        for key, event in rows.items()
    }


@given(st.lists(LINES, max_size=12), st.lists(st.integers(0, 12), max_size=3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_batches_give_the_same_final_rows(lines: Sequence[bytes], cuts: Sequence[int], resend: bool) -> None:
    whole = converted("OPERLOG", b"\n".join(lines))
    borders = sorted({0, len(lines), *(min(cut, len(lines)) for cut in cuts)})
    batches = [lines[start:end] for start, end in pairwise(borders)]
    sent = [(RECEIVED + number, batch) for number, batch in enumerate(batches)]
    if resend and sent:
        sent.insert(0, sent[0])  # its reply was lost, and it came again
    parts = together(converted("OPERLOG", b"\n".join(batch), received_at=at) for at, batch in sent)
    # Rows without a time of their own have that of their receipt.
    assert _without_receipt(final(parts)) == _without_receipt(final(whole))


def _without_receipt(rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    for row in rows.values():
        if row.get("local_text") == "":
            del row["happened_at"]
    return rows


@given(
    st.lists(LINES, min_size=1, max_size=6),
    st.binary(max_size=60).filter(lambda raw: b"\n" not in raw),
    st.integers(0, 6),
)
@settings(max_examples=60, deadline=None)
def test_no_good_line_is_lost_beside_a_bad_one(lines: list[bytes], bad: bytes, place: int) -> None:
    good = final(converted("OPERLOG", b"\n".join(lines)))
    mixed = final(converted("OPERLOG", b"\n".join([*lines[:place], b"?" + bad, *lines[place:]])))
    assert _without_receipt(good).items() <= _without_receipt(mixed).items()


@given(
    LINES.filter(lambda line: b"PIN=" in line and b"WORKCODE" not in line),
    st.sampled_from(["Zq", "Flag9", "x y"]),
    st.text("abc 123", max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_unknown_keys_change_only_extra(line: bytes, key: str, value: str) -> None:
    (plain,) = converted("OPERLOG", line).people
    (more,) = converted("OPERLOG", line + f"\t{key}={value}".encode()).people
    assert more.extra == {**plain.extra, key: value}
    assert replace(more, extra=plain.extra) == plain


@given(
    st.sampled_from(
        ["OPERLOG", "USERINFO", "BIODATA", "BIOPHOTO", "USERPIC", "ERRORLOG", "IDCARD", "UNKNOWN", "ATTPHOTO", "RTLOG",
         "RTSTATE", "TABLEDATA", "QUERYDATA", "EDATA", "EXCHANGE", "DEVICECMD", "HANDSHAKE", "PRESENCE", "OPTIONS",
         "REGISTRY", "PUSH", "STRANGER", "REFUSED", "TICK"]
    ),
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(LINES, max_size=4).map(b"\r\n".join),
    ),
    st.text(max_size=40),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_bytes_become_events_that_can_be_read_back_and_nothing_escapes(table: str, body: bytes, query: str) -> None:
    raw_query = query.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    for derived in converted(table, body, query=raw_query).derived:
        assert decode_event(type(derived.event), encode_event(derived.event)) == derived.event


SECRET_BODIES = [
    ("OPERLOG", f"USER PIN=1\tName=A\tPasswd={PASSWORD}\tCard={CARD}\tViceCard={CARD}\t{PASSWORD}\tPri={PASSWORD}"),
    ("OPERLOG", f"USER Name=A\tPasswd={PASSWORD}\tCard={CARD}"),
    ("OPERLOG", f"FP PIN=1\tFID={PASSWORD}\tTMP={TEMPLATE}\tTmp2={TEMPLATE}{TEMPLATE}{TEMPLATE}{TEMPLATE}"),
    ("OPERLOG", f"FP PIN=1\tFID=1\tTMP=%{TEMPLATE}"),
    ("OPERLOG", f"OPLOG 7\t0\t2026-03-01 08:00:00\t1\t{PASSWORD}\t{CARD}\t0\t{TEMPLATE}"),
    ("OPERLOG", f"OPLOG x{PASSWORD}\t0\t2026-03-01 08:00:00"),
    ("ERRORLOG", f"ERRORLOG ErrCode=1\tErrMsg=Passwd={PASSWORD}\tAdditional={TEMPLATE}"),
    ("IDCARD", f"IDCARD PIN=1\tIDNum={CARD}\tPhoto={TEMPLATE}\tAddress={PASSWORD}\tFPTemplate1={TEMPLATE}"),
    ("BIOPHOTO", f"BIOPHOTO PIN=1\tType=0\tContent={TEMPLATE}"),
    ("BIOPHOTO", f"BIOPHOTO PIN=1\tType=0\tContent=%{TEMPLATE}"),
    ("RTLOG", f"time=2026-03-01 09:00:00\tpin=1\tcardno={CARD}\tevent=3\tpassword={PASSWORD}\tinoutstatus={PASSWORD}"),
    ("TABLEDATA", f"user uid=1\tpin=1\tcardno={CARD}\tpassword={PASSWORD}\tname=A\n"
                  f"mulcarduser pin=1\tcardno={CARD}\ntemplatev10 pin=1\tfingerid=1\ttemplate={TEMPLATE}"),
    ("DEVICECMD", f"ID=1&Return=0&CMD=DATA UPDATE USERINFO PIN=1 Passwd={PASSWORD}\nComKey={PASSWORD}\n"
                  f"Content={TEMPLATE}"),
    ("DEVICECMD", f"{PASSWORD}\nReturn=0&CMD={PASSWORD}"),
    ("OPTIONS", f"MAC=1,ComKey={PASSWORD},WifiPassword={PASSWORD}"),
    ("ATTPHOTO", f"PIN=20260301090000-3-1-{CARD}.jpg\nsize=8\nCMD=realupload\0{TEMPLATE}"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "body"), SECRET_BODIES)
def test_nothing_secret_appears_in_an_event_or_the_error_of_a_dead_letter(table: str, body: str) -> None:
    found = converted(table, body.encode(), query="table=tabledata&tablename=user" if table == "TABLEDATA" else "")
    shown = b"".join(encode_event(event) for event in found.events).decode() + "".join(row.error for row in found.dead)
    assert shown
    for secret in (PASSWORD, CARD, TEMPLATE):
        assert secret not in shown
