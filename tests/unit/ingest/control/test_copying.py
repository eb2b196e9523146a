"""People from one device to another: what holds now, which versions fit, which command it becomes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ingest.control.copying import CopyItem, Refused, order_of, roster_of, template_refusal, version_of_type
from schemas.codec import encode_event
from schemas.device_events import Person
from tests.unit.ingest.control.samples import person
from wire.zkpush.commands import build


@dataclass
class Record:
    value: bytes | None


def roster(*people: Person) -> dict[str, list[str]]:
    return {pin: sorted(items) for pin, items in roster_of([Record(encode_event(one)) for one in people]).items()}


def test_the_greatest_rank_wins_and_what_was_removed_is_gone() -> None:
    assert roster(
        person("A", "07", "user", rank=5),
        person("A", "7", "fingerprint/1", rank=6),
        person("A", "7", "fingerprint/2", rank=9),
        person("A", "7", "face/0", rank=7),
        person("A", "7", "fingerprint", deleted=True, rank=8),
        person("A", "8", "user", rank=3),
        person("A", "8", "fingerprint/1", rank=2),
        person("A", "8", "user", deleted=True, rank=4),
        person("A", "9", "user", deleted=True, rank=4),
        person("A", "9", "user", rank=5),
    ) == {"7": ["face/0", "fingerprint/2", "user"], "9": ["user"]}
    assert roster_of([Record(None), Record(b"{}")]) == {}


def test_versions_from_options_and_from_templates() -> None:
    known = roster_of([Record(encode_event(person("A", "1", "biodata/9/0/0", template_version="58.12")))])
    options = {"~ZKFPVersion": "10", "FaceVersion": "0", "MultiBioVersion": "0:10:0.0:7:0"}
    assert version_of_type(options, known) == {
        "fingerprint": "10", "biodata/9": "58.12", "biodata/1": "10", "biodata/3": "7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "own", "other", "refused"),
    [
        ("user", {}, {}, ""),
        ("picture", {}, {}, ""),
        ("fingerprint/1", {"fingerprint": "10"}, {"fingerprint": "10.0"}, ""),
        ("fingerprint/1", {"fingerprint": "10"}, {"fingerprint": "9"}, "version 10 here and 9 there"),
        ("fingerprint/1", {}, {"fingerprint": "9"}, "this device's template version"),
        ("fingerprint/1", {"fingerprint": "10"}, {}, "the other device's template version"),
        ("biodata/9/0/0", {"biodata/9": "58.12"}, {"biodata/9": "58.12"}, ""),
        ("biodata/9/0/0", {"biodata/9": "58.12"}, {"biodata/8": "58.12"}, "not known"),
    ],
)
def test_templates_go_only_between_equal_versions(
    item: str, own: dict[str, str], other: dict[str, str], refused: str
) -> None:
    refusal = template_refusal(CopyItem(person("A", "1", item), b""), own, other)
    assert (refusal.reason if refusal else "").endswith(refused) or refused in (refusal.reason if refusal else "")
    assert (refusal is None) == (not refused)


@pytest.mark.parametrize(
    ("item", "row", "line"),
    [
        (
            "user",
            b"USER PIN=7\tName=Ada\tPasswd=12\tCard=[0100000000]",
            "DATA UPDATE USERINFO PIN=7\tName=Ada\tPri=0\t",
        ),
        ("fingerprint/2", b"FP PIN=7\tFID=2\tSize=4\tValid=1\tTMP=QUJD", "DATA UPDATE FINGERTMP PIN=7\tFID=2\tSize=4"),
        ("face/1", b"FACE PIN=7\tFID=1\tSize=4\tValid=1\tTMP=QUJD", "DATA UPDATE FACE PIN=7\tFID=1\tSize=4"),
        (
            "biodata/9/0/0",
            b"BIODATA Pin=7\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=12\tFormat=0\tTmp=QUJD",
            "DATA UPDATE BIODATA Pin=7\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=12",
        ),
        ("picture", b"USERPIC PIN=7\tFileName=7.jpg\tSize=4\tContent=QUJD", "DATA UPDATE USERPIC PIN=7\tSize=4"),
        ("photo/9", b"BIOPHOTO PIN=7\tType=9\tSize=4\tContent=QUJD", "DATA UPDATE BIOPHOTO PIN=7\tType=9\tSize=4"),
    ],
)
def test_each_item_becomes_the_command_that_gives_it(item: str, row: bytes, line: str) -> None:
    one = person("A", "7", item, name="Ada", has_password=True, has_card=False)
    order = order_of(CopyItem(one, row), "B")
    assert not isinstance(order, Refused)
    assert order.serial == "B"
    built = build(order.name, order.arguments)
    assert built.text.decode().startswith(line)
    assert b"Passwd=12" in built.text if item == "user" else b"QUJD" in built.text
    assert "QUJD" not in repr(order)


def test_what_cannot_be_copied_says_why() -> None:
    for item, row in (("extended", b""), ("fingerprint/1", b""), ("biodata/9/0/0", b"BIODATA Pin=7\tTmp=QUJD")):
        assert isinstance(order_of(CopyItem(person("A", "7", item), row), "B"), Refused)
