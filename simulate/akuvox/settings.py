"""What the stations are told before they start."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulate.akuvox.errors import require
from simulate.akuvox.gate import Auth
from simulate.akuvox.quirks import Quirks

MOST_STATIONS = 5_000
_NUMBERS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")
_HINT_URL = re.compile(r"(?:([0-9A-F]{12})=)?(https?://\S+)")


@dataclass(frozen=True, slots=True)
class StationSettings:
    """What differs for some stations. numbers: `3`, `1-5`, `1,4-6`. clock_error: seconds that the clock is ahead.

    quirks, auth: values by name that go before those of all stations. None leaves what all have.
    """

    numbers: str
    rate: float | None = None
    zone: str | None = None
    clock_error: float = 0.0
    hint_url: str | None = None
    quirks: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers_of(self.numbers, MOST_STATIONS)
        require(self.zone is None or _is_zone(self.zone), f"zone is {self.zone!r}: an IANA name as Asia/Dubai")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is done to stations at a time: seconds after the start, then again every so many seconds.

    stations: "all", "one" (by the seed, another each time) or numbers. do, values: a verb of steering.py with its
    parameters.
    """

    at: float
    do: str
    stations: str = "all"
    every: float | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.at >= 0, f"happening {self.do}: at is {self.at}: 0 or more seconds")
        require(self.every is None or self.every >= 0.1, f"happening {self.do}: every is {self.every}: 0.1 or more")
        if self.stations not in ("all", "one"):
            numbers_of(self.stations, MOST_STATIONS)


@dataclass(frozen=True, slots=True)
class AkuvoxSettings:
    """Settings of all stations. Raises FatalError when a value makes no sense.

    ledger: folder of the ledger and of status.json; starting again with the same folder goes on where it ended.
    first_port: one port per station from here on; 0: any free ones. control_port: None is none, 0 any free one.
    people: users of a station. rate: events per second and station; call_share of them are calls, denied_share of the
    others are refused; relays: doors of a station. rows_at_start: rows that the door logs have before the first event.
    duration: stop making events after so many seconds; linger_seconds: how long the process goes on answering then.
    zone: of the stations' clocks.
    variant_share: the share of stations that have other forms (quirks.varied).
    hint_urls: action URLs, `URL` for all stations or `MAC=URL` for one; see Station.set_hint_url.
    """

    ledger: Path
    stations: int = 3
    host: str = "127.0.0.1"
    first_port: int = 0
    control_port: int | None = None
    seed: int = 1
    people: int = 50
    rate: float = 1.0
    call_share: float = 0.1
    denied_share: float = 0.1
    relays: int = 2
    rows_at_start: int = 0
    duration: float | None = None
    linger_seconds: float = 0.0
    zone: str = "Asia/Dubai"
    variant_share: float = 0.0
    auth: Auth = field(default_factory=Auth)
    quirks: Quirks = field(default_factory=Quirks)
    hint_urls: tuple[str, ...] = ()
    overrides: tuple[StationSettings, ...] = ()
    happenings: tuple[Happening, ...] = ()

    def __post_init__(self) -> None:
        require(1 <= self.stations <= MOST_STATIONS, f"stations is {self.stations}: 1 to {MOST_STATIONS}")
        last_port = self.first_port + self.stations - 1
        require(
            self.first_port == 0 or (self.first_port >= 1 and last_port <= 65_535),
            f"first_port is {self.first_port}: {self.stations} ports from there on must fit below 65536",
        )
        require(1 <= self.people <= 9_999, f"people is {self.people}: 1 to 9999")
        require(0 <= self.rate <= 1_000, f"rate is {self.rate}: 0 to 1000 events per second and station")
        for name in ("call_share", "denied_share", "variant_share"):
            share = getattr(self, name)
            require(0 <= share <= 1, f"{name} is {share}: 0 to 1")
        require(1 <= self.relays <= 3, f"relays is {self.relays}: 1 to 3")
        require(0 <= self.rows_at_start <= 100_000, f"rows_at_start is {self.rows_at_start}: 0 to 100000")
        require(self.duration is None or self.duration > 0, f"duration is {self.duration}: above 0 seconds")
        require(self.linger_seconds >= 0, f"linger_seconds is {self.linger_seconds}: 0 or more")
        require(_is_zone(self.zone), f"zone is {self.zone!r}: an IANA name as Asia/Dubai")
        for url in self.hint_urls:
            require(bool(_HINT_URL.fullmatch(url)), f"hint_url is {url!r}: a URL or MAC=URL, the MAC as 0C1105000001")

    def hint_url(self, mac: str) -> str:
        """The action URL of a station; empty without one. One for its MAC goes before one for all."""
        of_all = ""
        for text in self.hint_urls:
            found = _HINT_URL.fullmatch(text)
            if found and found[1] == mac:
                return found[2]
            if found and not found[1]:
                of_all = found[2]
        return of_all


def numbers_of(text: str, stations: int) -> list[int]:
    """`1,4-6` as numbers, those above the number of stations left out. Raises FatalError for another text."""
    require(bool(_NUMBERS.fullmatch(text)), f"{text!r} names no stations: write numbers as 3, 1-5 or 1,4-6")
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), min(int(last or first), stations) + 1)
    return numbers


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
