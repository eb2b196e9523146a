"""C04, C48 to C56, C59, C61: stamps, options, polls, registration, results of commands, door events."""

from __future__ import annotations

from typing import Final

from tests.contract.zk_examples.example import (
    ATTENDANCE,
    DEVICE,
    H10,
    H11,
    OPERATIONS,
    RESULTS,
    SECRET,
    Example,
    Raw,
    Step,
    get,
    post,
)
from tests.contract.zk_examples.sessions import asked, options
from wire.zkpush.access import parse_door_log
from wire.zkpush.charset import decode_text
from wire.zkpush.info import DeviceInfo, parse_info
from wire.zkpush.options import parse_options
from wire.zkpush.results import parse_results
from wire.zkpush.session import registration_code

_ACCESS: Final = "ACC0000000007"


def told(raw: Raw) -> object:
    batch = parse_options(raw.body)
    assert not batch.errors
    return batch.options


def info(raw: Raw) -> object:
    return parse_info(decode_text(raw.body)[0])


def results(raw: Raw) -> object:
    batch = parse_results(raw.body)
    assert not batch.errors
    return [(result.id, result.return_code, result.command_word, result.options) for result in batch.results]


def count(raw: Raw) -> object:
    return [(result.id, result.return_code, result.attlog_count) for result in parse_results(raw.body).results]


def events(raw: Raw) -> object:
    batch = parse_door_log(raw.body, raw.params)
    assert not batch.errors
    assert not batch.states
    return [
        (row.time_text, row.pin, row.event, row.verify, row.index_text, row.mask, row.temperature)
        for row in batch.events
    ]


def states(raw: Raw) -> object:
    batch = parse_door_log(raw.body, raw.params)
    assert not batch.errors
    assert not batch.events
    return [(row.time_text, row.sensor, row.relay, row.alarm) for row in batch.states]


def _poll(serial: str, text: str, meaning: DeviceInfo, version: str) -> Step:
    request = get(f"/iclock/getrequest?SN={serial}&INFO={text}", version)
    return Step(request, b"OK", DEVICE, "PRESENCE", info, meaning)


def _result(serial: str, body: bytes, meaning: object) -> Step:
    return Step(post(f"/iclock/devicecmd?SN={serial}", body), b"OK", RESULTS, "DEVICECMD", results, meaning)


DEVICES: Final = (
    # Old agents need integers, and their own stamps under the old names.
    Example("C04", (
        Step(post("/iclock/cdata?SN=0080118100001&table=ATTLOG&Stamp=82983982", b"1\t2026-03-01 09:00:00\t0\t1\t0\n"),
             b"OK: 1\n", ATTENDANCE, "ATTLOG"),
        Step(post("/iclock/cdata?SN=0080118100001&table=OPERLOG&OpStamp=9", b"OPLOG 0\t0\t2026-03-01 08:00:00\n"),
             b"OK: 1\n", OPERATIONS, "OPERLOG"),
        Step(get("/iclock/cdata?SN=0080118100001&options=ALL"),
             options(b"0080118100001") + b"ATTLOGStamp=82983982\nOPERLOGStamp=9\nStamp=82983982\nOpStamp=9\n",
             DEVICE, "HANDSHAKE", asked, {"sn": "0080118100001", "options": "ALL"}),
    )),
    Example("C48", (
        Step(post("/iclock/cdata?SN=TST0000000048&table=options",
                  b"~DeviceName=SF-V5L,~OEMVendor=ZKTeco Co., Ltd.,MAC=00:17:61:00:00:01,WorkCode=,FaceFunOn=1"),
             b"OK", DEVICE, "OPTIONS", told,
             {"~DeviceName": "SF-V5L", "~OEMVendor": "ZKTeco Co., Ltd.", "MAC": "00:17:61:00:00:01", "WorkCode": "",
              "FaceFunOn": "1"}),
    )),
    Example("C49", (
        _poll("12300001", " Ver%206.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101",
              DeviceInfo("Ver 6.8.0(build640)", 2, 0, 0, "192.168.1.201", 10, -1, None, -12, "101"), H10),
    )),
    Example("C49b", (
        _poll("TST0000000049", "ZAM170-NF-Ver1.1.27,3,0,12,192.168.1.9,10,58,2,3,11110",
              DeviceInfo("ZAM170-NF-Ver1.1.27", 3, 0, 12, "192.168.1.9", 10, 58, 2, 3, "11110"), H11),
    )),
    Example("C49c", (
        _poll("TST0000000049", "Ver+3.60+Feb+20+2010%2C1000%2C2000%2C0%2C192.168.1.119",
              DeviceInfo("Ver 3.60 Feb 20 2010", 1000, 2000, 0, "192.168.1.119"), H10),
    )),
    Example("C50", (
        Step(post(f"/iclock/registry?SN={_ACCESS}",
                  b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1"),
             b"RegistryCode=" + registration_code(SECRET, _ACCESS).encode(), DEVICE, "REGISTRY", told,
             {"DeviceType": "acc", "~DeviceName": "F22", "FirmVer": "AC Ver 5.7.8", "LockCount": "1"}),
    )),
    Example("C51", (
        _result("12300001", b"ID=1&SN=12300001&Return=0&CMD=SET OPTION\n", [("1", 0, "SET OPTION", {})]),
        _result("12300001", b"ID=1&Return=-22&CMD=UNKNOWN CMD", [("1", -22, "UNKNOWN CMD", {})]),
    )),
    Example("C53", (
        _result("12300001", b"ID=7&Return=0&CMD=INFO\n~SerialNumber=12300001\nUserCount=2\nFWVersion=Ver 6.8\n",
                [("7", 0, "INFO", {"~SerialNumber": "12300001", "UserCount": "2", "FWVersion": "Ver 6.8"})]),
    )),
    Example("C56", tuple(
        Step(post("/iclock/devicecmd?SN=12300001",
                  b"ID=10&Return=0&CMD=VERIFY SUM ATTLOG&StartTime=2026-03-01 00:00:00&EndTime=2026-03-01 23:59:59&"
                  + key + b"=12\n"),
             b"OK", RESULTS, "DEVICECMD", count, [("10", 0, 12)])
        for key in (b"AttlogCount", b"AttlogSum")
    )),
    Example("C59", (
        Step(post(f"/iclock/cdata?SN={_ACCESS}&table=rtlog",
                  b"time=2026-03-01 09:00:00\tpin=17\tcardno=0\teventaddr=1\tevent=3\tinoutstatus=0\tverifytype=15\t"
                  b"index=21\tmaskflag=1\ttemperature=36.5\r\n"),
             b"OK", OPERATIONS, "RTLOG", events, [("2026-03-01 09:00:00", "17", 3, "15", "21", "1", "36.5")]),
    )),
    Example("C61", (
        Step(post(f"/iclock/cdata?SN={_ACCESS}&table=rtstate",
                  b"time=2026-03-01 09:00:02\tsensor=01\trelay=00\talarm=0200000000000000\r\n"),
             b"OK", OPERATIONS, "RTSTATE", states, [("2026-03-01 09:00:02", "01", "00", "0200000000000000")]),
    )),
)  # fmt: skip
