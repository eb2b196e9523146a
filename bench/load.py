"""The load client of the edge benchmark: many connections, one process, plain sockets and epoll, no event loop library.

It must cost far less than what it measures, so it does nothing but send prepared bytes and look for the end of the
reply. `python -m bench.load` prints one JSON object; `busy` says how much of its core it used.
"""

from __future__ import annotations

import argparse
import select
import socket
import sys
import time
from datetime import UTC, datetime, timedelta

import orjson

from bench.bodies import attlog_body, serials
from bench.stats import percentile

_REPLY_BYTES = 65_536
_POLL_SECONDS = 0.1


class Slot:
    """One of the connections; with `fresh` it is a new one for every request."""

    __slots__ = ("_load", "_received", "_request", "_socket", "_started")

    def __init__(self, load: Load, request: bytes) -> None:
        self._load = load
        self._request = request
        self._received = b""
        self._open()

    def _open(self) -> None:
        self._started = time.perf_counter()
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.connect_ex(self._load.address)
        self._load.slots[self._socket.fileno()] = self
        self._load.poller.register(self._socket, select.EPOLLIN)
        self._send()

    def close(self) -> None:
        self._load.slots.pop(self._socket.fileno(), None)
        self._socket.close()

    def handle(self, events: int) -> None:
        if events & select.EPOLLOUT:  # connected at last
            self._load.poller.modify(self._socket, select.EPOLLIN)
            self._send()
            return
        try:
            data = self._socket.recv(_REPLY_BYTES)
        except OSError:
            data = b""
        self._received += data
        if _is_whole(self._received):
            self._load.count(self._started, good=self._received[9:12] == b"200")
        elif data:
            return
        else:
            self._load.count(self._started, good=False)
        self._received = b""
        if self._load.fresh or not data:
            self.close()
            self._open()
        else:
            self._started = time.perf_counter()
            self._send()

    def _send(self) -> None:
        try:
            self._socket.send(self._request)
        except BlockingIOError:
            self._load.poller.modify(self._socket, select.EPOLLOUT)
        except OSError:
            return  # refused or reset: the poller reports it and `handle` counts it


class Load:
    """Sends on all connections for so many seconds."""

    def __init__(self, address: tuple[str, int], requests: list[bytes], *, fresh: bool) -> None:
        self.address = address
        self.fresh = fresh
        self.poller = select.epoll()
        self.slots: dict[int, Slot] = {}
        self.errors = 0
        self.milliseconds: list[float] = []
        self._requests = requests

    def run(self, seconds: float) -> None:
        started = time.perf_counter()
        for request in self._requests:
            Slot(self, request)
        while time.perf_counter() - started < seconds:
            for number, events in self.poller.poll(_POLL_SECONDS):
                self.slots[number].handle(events)
        for slot in list(self.slots.values()):
            slot.close()
        self.poller.close()

    def count(self, started: float, *, good: bool) -> None:
        if good:
            self.milliseconds.append((time.perf_counter() - started) * 1000)
        else:
            self.errors += 1


def _is_whole(reply: bytes) -> bool:
    head, blank, body = reply.partition(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    return bool(blank) and len(body) >= int(rest.split(b"\r\n", 1)[0] or 0)


def upload(serial: str, body: bytes, *, fresh: bool) -> bytes:
    """As terminals write it: HTTP/1.0 with a connection for each request, or HTTP/1.1 on a kept one."""
    version, connection = ("1.0", "close") if fresh else ("1.1", "keep-alive")
    head = (
        f"POST /iclock/cdata?SN={serial}&table=ATTLOG&Stamp=9999 HTTP/{version}\r\nHost: 127.0.0.1\r\n"
        f"User-Agent: iClock Proxy/1.09\r\nConnection: {connection}\r\nAccept: */*\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    parser = argparse.ArgumentParser(description="load for the edge benchmark")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--fresh", action="store_true", help="a new connection for every request")
    chosen = parser.parse_args()
    body = attlog_body(0, chosen.rows, datetime.now(UTC) - timedelta(days=2))
    requests = [upload(serial, body, fresh=chosen.fresh) for serial in serials(chosen.connections)]
    load = Load(("127.0.0.1", chosen.port), requests, fresh=chosen.fresh)
    cpu, started = time.process_time(), time.perf_counter()
    load.run(chosen.seconds)
    seconds = time.perf_counter() - started
    result = {
        "requests": len(load.milliseconds),
        "errors": load.errors,
        "per_second": len(load.milliseconds) / seconds,
        "p50_ms": percentile(load.milliseconds, 0.50),
        "p99_ms": percentile(load.milliseconds, 0.99),
        "busy": (time.process_time() - cpu) / seconds,
    }
    sys.stdout.write(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
