"""C01 to C08, C58, C64, C65: handshakes, time, sessions of the access dialect, questions of people at clocks."""

from __future__ import annotations

from typing import Final

from schemas.lastpunch import LastPunch
from tests.contract.zk_examples.example import DEVICE, H10, H11, SECRET, Example, Raw, Step, get, post
from tests.unit.ingest.stand_ins import TestEdge
from wire.zkpush.charset import decode_text
from wire.zkpush.session import registration_code, session_id, session_token
from wire.zkpush.target import parse_target

_ACCESS: Final = "ACC0000000007"
_CODE: Final = registration_code(SECRET, _ACCESS).encode()
_SESSION: Final = session_id(SECRET, _ACCESS).encode()
_TOKEN: Final = session_token(_CODE.decode(), _ACCESS, _SESSION.decode())
_REGISTER: Final = Step(
    post(f"/iclock/registry?SN={_ACCESS}", b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1"),
    b"RegistryCode=" + _CODE,
    DEVICE,
    "REGISTRY",
)
_SESSION_LINES: Final = (
    b"ErrorDelay=30\nRequestDelay=10\nTransInterval=0\nTransTables=User Transaction\nRealtime=1\nSessionID="
    + _SESSION
    + b"\nTimeoutSec=60\n"
)
_MENU: Final = b"SUQ9MSZDTUQ9TGFzdCBwdW5jaDtJRD0yJkNNRD1Ib3VycyB0aGlzIHdlZWs="  # ID=1&CMD=Last punch;ID=2&CMD=Hours ..


def asked(raw: Raw) -> object:
    """What a handshake's record says: the parameters of the query."""
    return parse_target(f"?{decode_text(raw.body)[0]}").params


def options(serial: bytes, zone: bytes = b"-5") -> bytes:
    return (
        b"GET OPTION FROM: " + serial + b"\nErrorDelay=30\nDelay=10\nTransTimes=0\nTransInterval=0\n"
        b"TransFlag=TransData AttLog\tOpLog\tAttPhoto\tEnrollUser\tChgUser\tEnrollFP\tChgFP\nRealtime=1\nEncrypt=0\n"
        b"TimeZone=" + zone + b"\nTimeout=60\nSyncTime=3600\nServerVer=3.2.0\n"
    )


def _handshake(serial: str, query: str, meaning: dict[str, str], name: str = "cdata", version: str = H11) -> Step:
    request = get(f"/iclock/{name}?SN={serial}&{query}", version)
    return Step(request, options(serial.encode()), DEVICE, "HANDSHAKE", asked, {"sn": serial, **meaning})


def _access_handshake(reply: bytes) -> Step:
    request = get(f"/iclock/cdata?SN={_ACCESS}&options=all&pushver=3.1.2&DeviceType=acc")
    said = {"sn": _ACCESS, "options": "all", "pushver": "3.1.2", "devicetype": "acc"}
    return Step(request, reply, DEVICE, "HANDSHAKE", asked, said)


def _last_punch_at(edge: TestEdge) -> None:
    edge.punches.punches["123456789", "982"] = LastPunch(
        tenant="acme", device="123456789", pin="982", punch_at=1_772_352_000_000,
        local_text="2026-03-01 03:00:00", state=1, work_code="9001",
    )  # fmt: skip


SESSIONS: Final = (
    Example("C01", (
        _handshake("12300001", "options=all&pushver=2.0.3&language=69",
                   {"options": "all", "pushver": "2.0.3", "language": "69"}, version=H10),
    )),
    Example("C02", (
        _handshake("TST0000000002", "options=all&language=69&pushver=2.4.1&DeviceType=middle%20east&PushOptionsFlag=1",
                   {"options": "all", "language": "69", "pushver": "2.4.1", "devicetype": "middle east",
                    "pushoptionsflag": "1"}),
    )),
    Example("C03", (
        _handshake("TST0000000003", "options=all&pushver=2.4.1&DeviceType=att",
                   {"options": "all", "pushver": "2.4.1", "devicetype": "att"}, name="cdata.aspx"),
    )),
    Example("C07", (
        _access_handshake(b"OK"),
        _REGISTER,
        _access_handshake(b"registry=ok\nRegistryCode=" + _CODE + b"\nServerVersion=3.1.2\nServerName=ADMS\n"
                          b"PushProtVer=3.1.2\n" + _SESSION_LINES),
    )),
    Example("C08", (
        Step(get("/iclock/cdata?SN=12300001&ComKey=88888888&type=time", H10), b"Time=2026-03-01T09:00:00-05:00\n"),
    )),
    Example("C58", (
        _REGISTER,
        Step(post(f"/iclock/push?SN={_ACCESS}", b"", headers=f"Cookie: token={_TOKEN}\r\n"),
             b"ServerVersion=3.1.2\nServerName=ADMS\nPushVersion=3.1.2\n" + _SESSION_LINES, DEVICE, "PUSH"),
        Step(get(f"/iclock/ping?SN={_ACCESS}"), b"OK"),
    )),
    Example("C64", (
        Step(get("/iclock/cdata?SN=123456789&table=SELFSERVICEDATA&PIN=1999&ServiceNum=0"),
             b"DATA UPDATE SELFSERVICEDATA ServiceNum=0\tPIN=1999\tStyle=2\tData=" + _MENU + b"\n"),
    )),
    Example("C65", (
        Step(get("/iclock/cdata?SN=123456789&type=LastPunch&PIN=1999"), b"status=1\n"),
        Step(get("/iclock/cdata?SN=123456789&type=LastPunch&PIN=982"),
             b"status=0\nname=\tpin=982\tstate=1\tworkcode=9001\tdate=2026-03-01\ttime=03:00:00\n"),
    ), _last_punch_at),
)  # fmt: skip
