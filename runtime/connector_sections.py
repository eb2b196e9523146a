"""The settings of the connectors: the worker's own, and one entry for every server and station that is polled.

Names are keys: the `name` of a server and the `mac` of a station never change, since cursors, ids and commands carry
them. Credentials come from files or the environment. docs/connectors.md has a row for every key.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, model_validator

from runtime.base_section import Port, Seconds, Section
from runtime.errors import SettingsError
from schemas.polled import SERVER_PREFIX, STATION_PREFIX


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{zone!r} is not an IANA time zone (like Asia/Dubai)") from None
    return zone


def _plain_mac(mac: str) -> str:
    plain = re.sub(r"[:.\-\s]", "", mac).upper()
    if not re.fullmatch(r"[0-9A-F]{12}", plain):
        raise ValueError(f"{mac!r} is not a MAC address of 12 hexadecimal digits")
    return plain


Zone = Annotated[str, AfterValidator(_known_zone)]
Mac = Annotated[str, AfterValidator(_plain_mac)]
Url = Annotated[str, Field(pattern=r"^https?://[^/?#\s@]+(/[^?#\s]*)?$")]
ServerReader = Literal[
    "transactions", "terminals", "people", "departments", "areas", "positions", "manual_logs", "mobile", "timecards"
]
StationReader = Literal["doorlog", "calllog", "info", "users", "schedules", "samples"]
Direction = Literal["in", "out", "alternate"]


class Polled(Section):
    """What servers and stations have in common. TLS: `ca_file` pins who signs, `certificate_sha256` the certificate."""

    @property
    def key(self) -> str:
        """`biotime:<name>` or `akuvox:<mac>`: the source of its raw records."""
        raise NotImplementedError

    url: Url
    tenant: Annotated[str, Field(min_length=1)] = "default"
    username: str = ""
    password_file: Path | None = None
    password_env: str = ""
    ca_file: Path | None = None
    certificate_sha256: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{64})?$")] = ""
    zone: Zone
    site: str = ""
    request_timeout_seconds: Seconds = 60.0

    @model_validator(mode="after")
    def _consistent(self) -> Polled:
        if self.password_file and self.password_env:
            raise ValueError("both password_file and password_env are set: keep one")
        if self.ca_file and self.certificate_sha256:
            raise ValueError("both ca_file and certificate_sha256 are set: keep one")
        if not self.url.startswith("https://") and (self.ca_file or self.certificate_sha256):
            raise ValueError("ca_file and certificate_sha256 are for https, and url is plain http")
        return self

    def password(self) -> SecretStr:
        """Read anew at each login, so that a changed file is enough. Raises SettingsError naming the source."""
        if self.password_env:
            found = os.environ.get(self.password_env)
            if found is None:
                raise SettingsError(
                    f"the environment has no {self.password_env}, which holds the password for {self.url}"
                )
            return SecretStr(found)
        if self.password_file is None:
            return SecretStr("")
        try:
            return SecretStr(self.password_file.read_text().strip())
        except OSError as error:
            raise SettingsError(
                f"cannot read {self.password_file}, the password for {self.url}: {error.strerror}"
            ) from None


class BioTimeServer(Polled):
    """One server of the BioTime family.

    zone: of its local times; upload_zone: of upload_time where it differs (BioTimeCloud: UTC). start: first day that is
    read at all (by punch time); None reads everything that the server holds. employee_prefix: put before emp_code where
    the codes of two servers are not the same people. mobile_*: an employee's login for the mobile API.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
    dialect: Literal["biotime", "utimemaster", "biotimecloud"] = "biotime"
    company: str = ""
    auth: Literal["auto", "jwt", "token", "staff_jwt", "staff_token", "basic"] = "auto"
    mobile_username: str = ""
    mobile_password_file: Path | None = None
    upload_zone: Zone | None = None
    readers: tuple[ServerReader, ...] = ("transactions", "terminals", "people", "departments", "areas", "positions")
    start: date | None = None
    employee_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$")] = ""
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    page_size: Annotated[int, Field(ge=1, le=1000)] = 200
    overlap_seconds: Annotated[int, Field(ge=900)] = 900
    repair_days: Annotated[int, Field(ge=1, le=400)] = 7
    people_seconds: Seconds = 900.0
    timecards_days: Annotated[int, Field(ge=1, le=92)] = 7

    @property
    def key(self) -> str:
        return SERVER_PREFIX + self.name

    @model_validator(mode="after")
    def _whole(self) -> BioTimeServer:
        if self.dialect == "biotimecloud" and not self.company:
            raise ValueError(f"server {self.name}: a BioTimeCloud login needs company")
        if not self.username:
            raise ValueError(f"server {self.name}: username is missing")
        if mobile := sorted({"manual_logs", "mobile"} & set(self.readers)) if not self.mobile_username else []:
            raise ValueError(f"server {self.name}: {' and '.join(mobile)} of readers need mobile_username")
        return self


class AkuvoxStation(Polled):
    """One door station. punches: relay number (or `*`) to the direction that its door events of known people count as;
    empty: none counts. legacy_tls: old ciphers and short keys, for this station alone."""

    mac: Mac
    name: str = ""
    auth: Literal["none", "basic", "digest"] = "digest"
    legacy_tls: bool = False
    readers: tuple[StationReader, ...] = ("doorlog", "calllog", "info", "users", "samples")
    punches: dict[str, Direction] = {}  # noqa: RUF012 - a frozen pydantic model copies its defaults
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    slow_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    request_timeout_seconds: Seconds = 10.0

    @property
    def key(self) -> str:
        return STATION_PREFIX + self.mac


class ConnectorSettings(Section):
    """The connectors' workers. allow: the dangerous commands that may be done at all, by name; hint_key_file: what the
    secret paths of action URLs are made from (the edge needs the same)."""

    group: str = "punchstream-connect"
    instance_id: str = ""
    health_port: Port = 9105
    allow: tuple[str, ...] = ()
    hint_key_file: Path | None = None
    biotime: tuple[BioTimeServer, ...] = ()
    akuvox: tuple[AkuvoxStation, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> ConnectorSettings:
        keys = [source.key for source in (*self.biotime, *self.akuvox)]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise ValueError(f"connectors: {', '.join(doubled)} is there twice")
        return self
