"""What terminals of the polls benchmark send, and when: schedules that are fixed before the first request."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.bodies import serials

_INFO: Final = "&INFO=ZAM170-NF-Ver1.1.27,{users},{prints},{records},192.168.1.9,10,58,2,3,11110"
_SEED: Final = 4


@dataclass(slots=True)
class Visit:
    """Requests of one terminal, one after the other, each on a new connection; due: perf_counter seconds.

    again: come back when refused, as terminals do; else the visit ends with an error.
    """

    serial: str
    due: float
    requests: Sequence[bytes]
    again: bool = False
    step: int = 0


def polls(devices: int, rate: float, seconds: float, info_share: float, started: float) -> Iterator[Visit]:
    """Each terminal polls every devices / rate seconds, at a phase of its own; `info_share` of the polls carry INFO."""
    choose = random.Random(_SEED)
    period = devices / rate
    phases = sorted((choose.random() * period, serial) for serial in serials(devices))
    requests = {serial: (_get(f"/iclock/getrequest?SN={serial}"),) for _, serial in phases}
    turn = 0
    while turn * period < seconds:
        for phase, serial in phases:
            at = turn * period + phase
            if at >= seconds:
                return
            carries_info = choose.random() < info_share
            yield Visit(serial, started + at, (_poll_with_info(serial),) if carries_info else requests[serial])
        turn += 1


def reconnects(devices: int, started: float) -> Iterator[Visit]:
    """All at once: handshake, time, poll with INFO."""
    for serial in serials(devices):
        steps = (
            _get(f"/iclock/cdata?SN={serial}&options=all&pushver=2.4.1&language=69"),
            _get(f"/iclock/cdata?SN={serial}&type=time"),
            _poll_with_info(serial),
        )
        yield Visit(serial, started, steps, again=True)


def _get(target: str) -> bytes:
    """As terminals write it: HTTP/1.0 with a connection for each request."""
    return (
        f"GET {target} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: iClock Proxy/1.09\r\nConnection: close\r\n"
        "Accept: */*\r\n\r\n"
    ).encode()


def _poll_with_info(serial: str) -> bytes:
    records = int(serial[-5:]) % 9000
    return _get(
        f"/iclock/getrequest?SN={serial}{_INFO.format(users=records % 900, prints=records % 700, records=records)}"
    )


def result_of(serial: str, command: str) -> bytes:
    """The terminal's answer to a command that it has done, by the command's id."""
    body = f"ID={command}&Return=0&CMD=LOG\n"
    return (
        f"POST /iclock/devicecmd?SN={serial} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: iClock Proxy/1.09\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
