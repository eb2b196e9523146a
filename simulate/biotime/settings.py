"""What a simulated server is told before it starts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulate.biotime.errors import require
from simulate.biotime.life import Faults, Life
from simulate.biotime.troubles import Trouble

Dialect = Literal["biotime", "utimemaster", "biotimecloud"]
Version = Literal["8.0", "9.0", "9.5"]


@dataclass(frozen=True, slots=True)
class BioTimeSettings:
    """Settings of one server. Times are seconds; raises FatalError when a value makes no sense.

    ledger: folder of ledger.tsv, which is the server's database too: started again with it, it goes on.
    version: of the biotime dialect only; 8.0 and 9.5 rows carry names and no `source`, 9.0 rows carry `source`.
    host, port, control_port: where it listens; port 0 takes a free one. The control port is always on 127.0.0.1.
    zone: of the server and its terminals. upload_zone: of upload_time; empty: UTC in the cloud, else `zone`.
    terminal_tz: what the inventory says of every terminal's zone; None is the truth (hours, or minutes if not whole).
    serials: the terminals' serials; empty: as many as `terminals`, made up.
    code_width: emp_code has leading zeros up to this width, also when a punch is taken in.
    preload, preload_days: so many punches over so many days are there at the first start.
    rate: punches a second from the start on; at most one per employee. duration: until so long after the start.
    command_seconds: how long a command to a terminal waits; reboot_seconds: how long a restart takes.
    token_seconds: life of a JWT. basic: Basic authentication works (never in the cloud).
    page_size: rows of a page when nothing was asked.
    follow: a fleet's ledger folder, whose acknowledged punches arrive here too; follow_serials: only of these.
    """

    ledger: Path
    dialect: Dialect = "biotime"
    version: Version = "9.5"
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    seed: int = 1
    zone: str = "Asia/Dubai"
    upload_zone: str = ""
    terminal_tz: int | None = None
    terminals: int = 5
    serials: tuple[str, ...] = ()
    employees: int = 100
    code_width: int = 0
    preload: int = 0
    preload_days: float = 30.0
    rate: float = 0.0
    duration: float | None = None
    command_seconds: float = 1.0
    reboot_seconds: float = 5.0
    username: str = "admin"
    email: str = "admin@example.com"
    password: str = "secret"  # noqa: S105  # a simulated server keeps no secret
    company: str = "demo"
    staff_password: str = "123456"  # noqa: S105  # likewise
    token_seconds: float = 3600.0
    basic: bool = True
    page_size: int = 10
    follow: Path | None = None
    follow_serials: tuple[str, ...] = ()
    life: Life = field(default_factory=Life)
    faults: Faults = field(default_factory=Faults)
    troubles: tuple[Trouble, ...] = ()

    def __post_init__(self) -> None:
        dialects, versions = ("biotime", "utimemaster", "biotimecloud"), ("8.0", "9.0", "9.5")
        require(self.dialect in dialects, f"dialect is {self.dialect!r}: one of {', '.join(dialects)}")
        require(self.version in versions, f"version is {self.version!r}: one of {', '.join(versions)}")
        for name in ("zone", "upload_zone"):
            value = getattr(self, name)
            require(_is_zone(value) or (name == "upload_zone" and not value), f"{name} is {value!r}: a time zone")
        require(0 <= self.port <= 65535 and 0 <= self.control_port <= 65535, "a port is 0 to 65535")
        require(1 <= self.terminals <= 10_000, f"terminals is {self.terminals}: 1 to 10000")
        require(len(set(self.serials)) == len(self.serials), "serials has one of them twice")
        require(all(self.serials), "serials has an empty one")
        require(1 <= self.employees <= 100_000, f"employees is {self.employees}: 1 to 100000")
        require(0 <= self.code_width <= 20, f"code_width is {self.code_width}: 0 to 20")
        require(0 < self.preload_days <= 4000, f"preload_days is {self.preload_days}: above 0, up to 4000")
        most = int(self.employees * self.preload_days * 86_400)
        require(0 <= self.preload <= most, f"preload is {self.preload}: at most one per person and second, {most}")
        for rate in (self.rate, self.life.rate or 0.0):
            require(0 <= rate <= self.employees, f"rate is {rate}: nobody punches twice a second; more employees")
        require(self.duration is None or self.duration > 0, f"duration is {self.duration}: above 0")
        for name in ("command_seconds", "reboot_seconds"):
            require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}: 0 or more")
        require(self.token_seconds > 0, f"token_seconds is {self.token_seconds}: above 0")
        require(1 <= self.page_size <= 10_000, f"page_size is {self.page_size}: 1 to 10000")

    @property
    def cloud(self) -> bool:
        return self.dialect == "biotimecloud"

    @property
    def upload_clock(self) -> ZoneInfo:
        """The zone of upload_time."""
        return ZoneInfo(self.upload_zone or ("UTC" if self.cloud else self.zone))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
