"""What a fleet is told before it starts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from simulate.fleet.errors import require
from simulate.fleet.life import Faults, Life

LONGEST_ROW_BYTES = 100
"""No row of any firmware shape is longer; a test holds this."""

BODY_BYTES = 64 * 1024
"""A terminal's upload buffer (spec/zk-push.md L8)."""

LEAST_CREW = 16
"""So many people, so that all that is to happen to a crew happens."""

MAX_ROWS_PER_BODY = BODY_BYTES // LONGEST_ROW_BYTES


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """Settings of one fleet. Times are seconds; raises FatalError when a value makes no sense.

    url: the edge, `http://host[:port]`; the name is resolved once, at the start.
    ledger: folder of made.tsv, acked.tsv and status.json. Starting again with the same folder goes on where it ended.
    people: persons per terminal.
    rate: punches per second over the whole fleet, or "max": every terminal sends as fast as it is acknowledged.
    rows_per_body: 1 is real-time mode; more makes that many punches at once and sends them as one body (load tests).
    duration, punches: stop making punches after this time or number, whichever comes first; None is no limit.
    drain_seconds: how long to go on trying, after the stop, until every punch is acknowledged; 0 stops at once.
    time_scale: factor on the waits of the protocol (ErrorDelay, Delay, TransInterval, pauses between tries).
        The time of a punch and the rate are never scaled.
    reply_timeout: the longest wait for a reply, never scaled; the server's Timeout option may make it shorter.
    variant_share: the share of terminals that speak an odd dialect (dialect.py).
    access_share: the share of terminals that are access controllers: they make door events and no punches.
    chinese_share: the share of terminals whose language is Chinese: their texts are GB18030.
    clocks: "right" clocks are always right in their zone; "server" clocks start up to clock_skew seconds wrong and
        are set by what the server says (TimeZone, `Date`, `type=time`), as their firmware understands it.
    com_key: the communication key that terminals start with; empty: none is sent.
    history: records that a terminal holds; the oldest tenth is overwritten when it is full.
    resend_on_zero_stamp: a stamp of 0 in a handshake makes a terminal send all that it holds.
    crew: people with a plan at terminals of their own (plan/), 0 or at least 16; not counted in `terminals`.
    life, faults: what else happens, and what goes wrong (life.py).
    """

    url: str
    ledger: Path
    seed: int = 1
    terminals: int = 50
    people: int = 100
    rate: float | Literal["max"] = 20.0
    rows_per_body: int = 1
    duration: float | None = None
    punches: int | None = None
    drain_seconds: float = 20.0
    time_scale: float = 1.0
    reply_timeout: float = 60.0
    variant_share: float = 0.2
    tenant: str = "demo"
    access_share: float = 0.0
    chinese_share: float = 0.0
    clocks: Literal["right", "server"] = "right"
    clock_skew: float = 0.0
    com_key: str = ""
    history: int = 10_000
    resend_on_zero_stamp: bool = False
    crew: int = 0
    life: Life = field(default_factory=Life)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        require(
            _is_edge(self.url),
            f"url is {self.url!r}: give the edge as http://host:port, terminals speak plain HTTP to /iclock",
        )
        require(1 <= self.terminals <= 99_999_999, f"terminals is {self.terminals}: 1 to 99999999")
        require(1 <= self.people <= 50_000, f"people is {self.people}: a terminal holds 1 to 50000")
        require(self.rate == "max" or self.rate > 0, f"rate is {self.rate}: above 0 punches per second, or 'max'")
        require(
            1 <= self.rows_per_body <= MAX_ROWS_PER_BODY,
            f"rows_per_body is {self.rows_per_body}: 1 to {MAX_ROWS_PER_BODY}, so that a body fits a terminal's 64 KB",
        )
        require(self.duration is None or self.duration > 0, f"duration is {self.duration}: above 0 seconds")
        require(self.punches is None or self.punches > 0, f"punches is {self.punches}: above 0")
        require(self.drain_seconds >= 0, f"drain_seconds is {self.drain_seconds}: 0 or more")
        require(self.time_scale > 0, f"time_scale is {self.time_scale}: above 0")
        require(self.reply_timeout > 0, f"reply_timeout is {self.reply_timeout}: above 0 seconds")
        require(0 <= self.variant_share <= 1, f"variant_share is {self.variant_share}: 0 to 1")
        require(0 <= self.access_share < 1, f"access_share is {self.access_share}: 0 to below 1, somebody must punch")
        require(0 <= self.chinese_share <= 1, f"chinese_share is {self.chinese_share}: 0 to 1")
        require(self.clocks in ("right", "server"), f"clocks is {self.clocks!r}: right or server")
        require(self.clock_skew >= 0, f"clock_skew is {self.clock_skew}: 0 or more seconds")
        require(10 <= self.history <= 1_000_000, f"history is {self.history}: 10 to 1000000 records")
        require(
            self.crew == 0 or LEAST_CREW <= self.crew <= 500,
            f"crew is {self.crew}: 0 for none, or {LEAST_CREW} to 500 people",
        )
        require(not self.com_key or self.com_key.isalnum(), f"com_key is {self.com_key!r}: letters and digits")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


def _is_edge(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        return False
