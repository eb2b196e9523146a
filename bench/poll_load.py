"""The load client of the polls benchmark: terminals that come when their time has come, whatever the server does.

Open loop: the times are fixed before the start, a request is sent at its time even when earlier ones wait, and its
latency counts from that time, so that a slow server or client cannot hide what its slowness cost (coordinated
omission). Every request has a connection of its own. Plain sockets and epoll, no event loop library.
`python -m bench.poll_load` prints one JSON object; `busy` says how much of its core it used, `sent_late_p99_ms` how far
behind its own schedule it was.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import select
import socket
import sys
import time
from collections.abc import Iterator
from typing import Final

import orjson

from bench.poll_visits import Visit, polls, reconnects, result_of
from bench.stats import percentile

_REPLY_BYTES: Final = 65_536
# A terminal waits for `Timeout` seconds; who is answered later than this was not served.
_REQUEST_SECONDS: Final = 15.0
# So long does a terminal wait that was refused, before it comes again (spec/zk-push.md T12: below a second).
_AGAIN_SECONDS: Final = 1.0
_MOST_SENT_AT_ONCE: Final = 64


class Connection:
    """One request of a visit on its way."""

    __slots__ = ("opened", "received", "request", "socket", "visit")

    def __init__(self, visit: Visit, request: bytes, address: tuple[str, int]) -> None:
        self.visit = visit
        self.request = request
        self.received = b""
        self.opened = time.perf_counter()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)

    def send(self) -> bool:
        """False when it must wait until it is connected. What is refused or reset shows when it is read."""
        try:
            self.socket.send(self.request)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def read(self) -> bool:
        """True when the reply is whole or none will come."""
        try:
            data = self.socket.recv(_REPLY_BYTES)
        except OSError:
            data = b""
        self.received += data
        return not data or _is_whole(self.received)

    @property
    def is_good(self) -> bool:
        return self.received[9:12] == b"200" and _is_whole(self.received)


class PollLoad:
    """Sends visits at their times; `run` returns when all have ended or `seconds` after the last was due."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.milliseconds: list[float] = []
        self.late_ms: list[float] = []
        self.errors = 0
        self.commands = 0
        self.done_seconds: list[float] = []
        self._address = address
        self._poller = select.epoll()
        self._open: dict[int, Connection] = {}
        self._again: list[tuple[float, int, Visit]] = []
        self._started = 0.0

    def run(self, visits: Iterator[Visit], started: float, patience: float) -> None:
        self._started = started
        waiting = next(visits, None)
        last_due = started
        while waiting is not None or self._open or self._again:
            now = time.perf_counter()
            for _ in range(_MOST_SENT_AT_ONCE):
                if waiting is None or waiting.due > now:
                    break
                last_due = waiting.due
                self.late_ms.append((now - waiting.due) * 1000)
                self._start(waiting)
                waiting = next(visits, None)
            while self._again and self._again[0][0] <= now:
                self._start(heapq.heappop(self._again)[2])
            next_due = waiting.due if waiting is not None else now + 0.1
            for number, events in self._poller.poll(max(0.0, min(next_due - time.perf_counter(), 0.1))):
                self._handle(number, events)
            self._give_up(now)
            if waiting is None and now - last_due > patience:
                self.errors += len(self._open) + len(self._again)
                break
        for connection in self._open.values():
            connection.socket.close()
        self._poller.close()

    def _start(self, visit: Visit, request: bytes | None = None) -> None:
        connection = Connection(visit, request or visit.requests[visit.step], self._address)
        number = connection.socket.fileno()
        self._open[number] = connection
        self._poller.register(number, select.EPOLLIN if connection.send() else select.EPOLLOUT)

    def _handle(self, number: int, events: int) -> None:
        connection = self._open[number]
        if events & select.EPOLLOUT:  # connected at last
            self._poller.modify(number, select.EPOLLIN)
            connection.send()
        elif connection.read():
            del self._open[number]
            connection.socket.close()
            self._ended(connection)

    def _ended(self, connection: Connection) -> None:
        visit, now = connection.visit, time.perf_counter()
        if not connection.is_good:
            self.errors += 1
            if visit.again:
                heapq.heappush(self._again, (now + _AGAIN_SECONDS, id(visit), visit))
            return
        if connection.request.startswith(b"POST"):
            return  # the result of a command: its poll is counted already
        if command := _command_in(connection.received):
            self.commands += 1
            self._start(visit, result_of(visit.serial, command))
        visit.step += 1
        if visit.step < len(visit.requests):
            self._start(visit)
        else:
            self.milliseconds.append((now - visit.due) * 1000)
            self.done_seconds.append(now - self._started)

    def _give_up(self, now: float) -> None:
        """Connections stand in the order of their opening."""
        while self._open:
            number, connection = next(iter(self._open.items()))
            if now - connection.opened < _REQUEST_SECONDS:
                return
            del self._open[number]
            connection.socket.close()
            connection.received = b""
            self._ended(connection)


def _command_in(reply: bytes) -> str:
    """The id of the first command of an answer, empty when there is none."""
    body = reply.partition(b"\r\n\r\n")[2]
    return body.split(b":", 2)[1].decode() if body.startswith(b"C:") else ""


def _is_whole(reply: bytes) -> bool:
    head, blank, body = reply.partition(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    return bool(blank) and len(body) >= int(rest.split(b"\r\n", 1)[0] or 0)


def main() -> None:
    parser = argparse.ArgumentParser(description="load for the polls benchmark")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--patience", type=float, required=True, help="seconds after the last was due")
    parser.add_argument("--rate", type=float, help="polls per second, over all terminals")
    parser.add_argument("--seconds", type=float, help="how long, with --rate")
    parser.add_argument("--info-share", type=float, default=0.0, help="share of polls with INFO")
    parser.add_argument("--together", action="store_true", help="all reconnect at once, instead of --rate")
    chosen = parser.parse_args()
    load = PollLoad(("127.0.0.1", chosen.port))
    started = time.perf_counter() + 1.0
    if chosen.together:
        visits = iter(list(reconnects(chosen.devices, started)))
    else:
        visits = iter(list(polls(chosen.devices, chosen.rate, chosen.seconds, chosen.info_share, started)))
    gc.collect()
    gc.freeze()
    time.sleep(max(0.0, started - time.perf_counter()))
    cpu = time.process_time()
    load.run(visits, started, chosen.patience)
    seconds = time.perf_counter() - started
    result = {
        "done": len(load.milliseconds),
        "errors": load.errors,
        "commands": load.commands,
        "per_second": len(load.milliseconds) / seconds,
        "p50_ms": percentile(load.milliseconds, 0.50),
        "p99_ms": percentile(load.milliseconds, 0.99),
        "max_ms": max(load.milliseconds),
        "last_seconds": max(load.done_seconds),
        "sent_late_p99_ms": percentile(load.late_ms, 0.99),
        "busy": (time.process_time() - cpu) / seconds,
    }
    sys.stdout.write(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
