"""What is fuzzed: each target with its valid inputs, from the example requests and the command examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.contract.zk_examples import EXAMPLES
from tests.contract.zk_examples.example import Step
from tests.fuzz import builders, converters, parsers
from tests.unit.wire.commands.examples import EXAMPLES as COMMANDS

_STEPS: Final = [step for example in EXAMPLES for step in example.steps]


@dataclass(frozen=True, slots=True)
class Target:
    """`check` raises for an input that breaks a promise."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _target_of(step: Step) -> bytes:
    return step.request.split(b"\r\n", 1)[0].split(b" ", 1)[1].rpartition(b" ")[0]


def _bodies(*tables: str) -> tuple[bytes, ...]:
    return tuple(step.body for step in _STEPS if step.table in tables and step.body)


def _records(topic: str) -> tuple[bytes, ...]:
    """Table, query, body: what a converter is given, each on a line of its own."""
    found = [
        step.table.encode() + b"\n" + _target_of(step).partition(b"?")[2] + b"\n" + step.body
        for step in _STEPS
        if step.topic == topic
    ]
    return (*found, *_MORE_RECORDS.get(topic, ()))


_ACCESS_ROWS: Final = (
    b"user uid=1\tcardno=13375590\tpin=17\tpassword=1234\tgroup=1\tname=Ann\tprivilege=0\r\n",
    b"transaction cardno=0\tpin=17\tverified=15\tdoorid=1\teventtype=0\tinoutstate=0\ttime_second=844000000\tindex=4\n",
    b"templatev10 size=8\tpin=17\tfingerid=1\tvalid=1\ttemplate=AQIDBA==\n",
)
_MORE_RECORDS: Final[dict[str, tuple[bytes, ...]]] = {
    "raw.operations": (
        b"OPERLOG\nSN=TST1&table=OPERLOG\n"
        b"OPLOG 3\t0\t2026-03-01 08:00:00\t55\t0\t0\t0\nOPLOG 9\t1\t2026-03-29 02:30:00\t17\n",
        b"WORKCODE\nSN=TST1&table=WORKCODE\nWORKCODE PIN=17\tCODE=3\tNAME=x\n",
        b"ATTLOG\nContentType=tgz\n\x1f\x8b\x08rest",
        b"EDATA\nSN=TST1\nwhatever\n",
        b"TABLEDATA\ntablename=user&count=1\n" + _ACCESS_ROWS[0],
        b"QUERYDATA\ntype=tabledata&cmdid=3&tablename=transaction&count=1\n" + _ACCESS_ROWS[1],
        b"QUERYDATA\ntype=count&cmdid=3&tablename=user\nuser=12\n",
        b"QUERYDATA\ntype=options&cmdid=3\n~SerialNumber=1,FirmVer=2\n",
        b"TABLEDATA\ntablename=templatev10&count=1\n" + _ACCESS_ROWS[2],
    ),
    "raw.device": (b"TICK\n\n", b"STRANGER\nreason=x\nVer 1", b"REFUSED\n\nkey_wrong", b"REGISTRY\n\n~A=1,B=2"),
    "raw.results": (b"DEVICECMD\nSN=1\nID=3\nSN=1\nFILENAME=a.dat\nCMD=GetFile\nReturn=3\nContent=a\x00b",),
}
_QUERIES: Final = (b"table=ATTPHOTO&PIN=20260301090000-982", b"tablename=user&count=1", b"datafmt=3")
_PHOTOS: Final = tuple(query + b"\n" + body for query in _QUERIES for body in _bodies("ATTPHOTO"))
_COMMANDS: Final = tuple(
    b"\0".join(
        [example.name.encode(), b"utf-8"]
        + [str(int(v) if isinstance(v, bool) else v).encode() for pair in example.arguments.items() for v in pair]
    )
    for example in COMMANDS
)
_LOOKUPS: Final = (
    b"Ann\x0017\x009001",
    "张三\x0017\x00ID=1&CMD=Vacation;ID=2&CMD=PTO".encode("gb18030"),
    b"time=2026-03-01 09:00:00\tpin=17\tevent=20\x00CONTROL DEVICE 01010105\x00Welcome",
    b"DATA UPDATE USERINFO PIN=17\tName=Ann",
)

TARGETS: Final[dict[str, Target]] = {
    "request": Target(parsers.request, tuple(step.request for step in _STEPS)),
    "target": Target(parsers.target, tuple(_target_of(step) for step in _STEPS)),
    "attlog": Target(parsers.attlog, _bodies("ATTLOG")),
    "table": Target(parsers.table, _bodies("OPERLOG", "BIODATA", "BIOPHOTO", "USERPIC", "ERRORLOG")),
    "photo": Target(parsers.photo, _PHOTOS),
    "options": Target(parsers.options, _bodies("OPTIONS", "REGISTRY")),
    "results": Target(parsers.results, _bodies("DEVICECMD") + _MORE_RECORDS["raw.results"]),
    "door_log": Target(parsers.door_log, _bodies("RTLOG", "RTSTATE") + _ACCESS_ROWS),
    "words": Target(parsers.words, (b"Ver 6.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101", b"129:1,130:3")),
    "command": Target(builders.command, _COMMANDS),
    "lookup": Target(builders.lookup, _LOOKUPS),
    "handshake": Target(builders.handshake, (b"ATTLOG\x009999\x00OPERLOG\x002026-03-01T09:00:00", b"ATTPHOTO\x000")),
    "session": Target(builders.session, (b"ACC0000000007", b"token=0123456789abcdef0123456789abcdef; a=b", b"user")),
    "convert_attendance": Target(converters.attendance, _bodies("ATTLOG")),
    "convert_operations": Target(converters.operations, _records("raw.operations")),
    "convert_photos": Target(converters.photos, _records("raw.photos")),
    "convert_devices": Target(converters.devices, _records("raw.device")),
    "convert_results": Target(converters.results, _records("raw.results")),
}
