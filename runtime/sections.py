"""The sections of the settings: each key with its type, default and rule, and what must not be said together.

docs/operate.md has a row for every key. How they are read: runtime/settings.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from runtime.base_section import Port, Seconds, Section
from schemas.topics import MAX_BODY_BYTES, MAX_RECORD_BYTES

MiB = 1024 * 1024

ServiceNumber = Annotated[int, Field(ge=3, le=999_999_999)]
ServiceLabel = Annotated[str, Field(pattern=r"^[^;&=\x00-\x1f]+$", max_length=40)]


class KafkaSettings(Section):
    """Where Kafka is, how to speak to it, and how topics are laid out there. `max_record_bytes`: the most it takes."""

    bootstrap: str = "127.0.0.1:19092"
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$")] = ""
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 4
    replication_factor: Annotated[int, Field(ge=1)] = 1
    min_insync_replicas: Annotated[int, Field(ge=1)] = 1
    max_record_bytes: Annotated[int, Field(ge=MiB, le=MAX_RECORD_BYTES)] = MAX_RECORD_BYTES
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    sasl_password_file: Path | None = None
    session_timeout_seconds: Seconds = 15.0
    request_timeout_seconds: Seconds = 20.0

    @model_validator(mode="after")
    def _consistent(self) -> KafkaSettings:
        if self.min_insync_replicas > self.replication_factor:
            raise ValueError(
                "kafka.min_insync_replicas is greater than kafka.replication_factor: no write would succeed"
            )
        if self.security_protocol.startswith("SASL") and not self.sasl_username:
            raise ValueError("kafka.security_protocol asks for SASL, but kafka.sasl_username is empty")
        if self.sasl_password_file and self.sasl_password.get_secret_value():
            raise ValueError("both kafka.sasl_password and kafka.sasl_password_file are set: keep one")
        return self

    def topic(self, name: str) -> str:
        """A catalogue name as this deployment calls it."""
        return self.topic_prefix + name


class ClickHouseSettings(Section):
    """Where ClickHouse is. `cluster` empty is one server; else DDL runs ON CLUSTER with Replicated engines."""

    url: Annotated[str, Field(pattern=r"^https?://")] = "http://127.0.0.1:18123"
    database: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "punchstream"
    username: str = "default"
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    cluster: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]*$")] = ""
    timeout_seconds: Seconds = 60.0

    @model_validator(mode="after")
    def _consistent(self) -> ClickHouseSettings:
        if self.password_file and self.password.get_secret_value():
            raise ValueError("both clickhouse.password and clickhouse.password_file are set: keep one")
        return self


class IngestSettings(Section):
    """The edge: where devices push. Sealed bodies above `inline_body_bytes` go to the object store instead of Kafka."""

    host: str = "0.0.0.0"  # noqa: S104 - devices on the site's network must reach it
    port: Port = 8080
    edge_id: str = "edge-1"
    health_port: Port = 9101
    ack_deadline_seconds: Annotated[float, Field(gt=0, le=55)] = 5.0
    max_body_bytes: Annotated[int, Field(ge=1024, le=MAX_BODY_BYTES)] = MAX_BODY_BYTES
    inline_body_bytes: Annotated[int, Field(ge=64 * 1024, le=MAX_BODY_BYTES)] = MAX_BODY_BYTES
    in_flight_bytes: Annotated[int, Field(ge=16 * MiB)] = 256 * MiB
    max_connections: Annotated[int, Field(ge=1)] = 20_000
    head_timeout_seconds: Seconds = 10.0
    body_timeout_seconds: Seconds = 30.0
    idle_timeout_seconds: Seconds = 75.0
    presence_seconds: Seconds = 60.0
    tick_seconds: Seconds = 15.0
    watermark_quiet_seconds: Seconds = 60.0
    watermark_step_seconds: Annotated[float, Field(ge=1, le=3600)] = 300.0
    watermark_margin_minutes: Annotated[float, Field(ge=1, le=24 * 60)] = 15.0
    drain_seconds: Seconds = 20.0
    unknown_devices: Literal["pending", "refuse", "accept"] = "pending"
    default_tenant: Annotated[str, Field(min_length=1)] = "default"
    poll_delay_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    error_delay_seconds: Annotated[int, Field(ge=1, le=3600)] = 30

    @property
    def stores_bodies(self) -> bool:
        """Some bodies that are taken do not travel in their records."""
        return self.inline_body_bytes < self.max_body_bytes


class KeySettings(Section):
    """The tenants' keys that sealed bodies and payloads are opened and sealed with."""

    folder: Path | None = None


class StoreSettings(Section):
    """Where photos and other big or personal payloads are kept, sealed."""

    kind: Literal["local", "s3"] = "local"
    folder: Path | None = None
    bucket: str = ""
    endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    region: Annotated[str, Field(min_length=1)] = "us-east-1"
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$")] = ""
    ca_file: Path | None = None
    access_key_id: str = ""
    secret_access_key: SecretStr = SecretStr("")
    secret_access_key_file: Path | None = None
    deadline_seconds: Seconds = 10.0

    @model_validator(mode="after")
    def _consistent(self) -> StoreSettings:
        if self.kind == "s3" and not self.bucket:
            raise ValueError("store.kind is s3, but store.bucket is empty")
        if self.kind == "s3" and self.folder:
            raise ValueError("store.kind is s3, but store.folder is set, which is for local: keep one")
        if self.kind == "local" and (self.bucket or self.endpoint):
            raise ValueError("store.kind is local, but store.bucket or store.endpoint is set, which are for s3")
        if self.secret_access_key_file and self.secret_access_key.get_secret_value():
            raise ValueError("both store.secret_access_key and store.secret_access_key_file are set: keep one")
        secret = self.secret_access_key_file or self.secret_access_key.get_secret_value()
        if bool(secret) != bool(self.access_key_id):
            raise ValueError("store.access_key_id and store.secret_access_key (or its file) go together: set both")
        return self


class TlsSettings(Section):
    """The edge's TLS listener beside plain HTTP (errata Z16). `port` None: there is none.

    `legacy` also takes TLS 1.0 and 1.1 with the ciphers of old firmware.
    """

    port: Port | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    legacy: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> TlsSettings:
        if self.port is not None and (self.certificate_file is None or self.key_file is None):
            raise ValueError("tls.port is set: tls.certificate_file and tls.key_file must be, too")
        return self


class LookupSettings(Section):
    """Answers while a person waits at the clock.

    `own_services`: last punch (1) and hours (2) stand in the self-service menu; `hook_services` are numbers from 3 and
    labels that a site's own hook answers, at `hook_url`. `remote_attendance`: a clock that does not know somebody may
    ask for them (the edge then keeps all users and fingerprints of `people` in memory).
    """

    own_services: bool = True
    remote_attendance: bool = False
    hook_url: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    hook_deadline_seconds: Annotated[float, Field(gt=0, le=10)] = 1.5
    hook_services: dict[ServiceNumber, ServiceLabel] = {}  # noqa: RUF012 - a frozen pydantic model copies its defaults

    @model_validator(mode="after")
    def _consistent(self) -> LookupSettings:
        if self.hook_services and not self.hook_url:
            raise ValueError("lookups.hook_services are set, but lookups.hook_url is not: nobody would answer them")
        return self


class ControlSettings(Section):
    """The control API of the edge, on a port of its own. `tokens_file` None: it is not served.

    `allow_shell` and `allow_files` open the commands that read or write whatever a device holds (errata Z14);
    `files_folder` holds the files that devices may be sent. `reason_codes`: of corrections, none: any; `operators`: who
    of them (token, user) is which employee; corrections of the last `corrections_days` are at hand.
    """

    host: str = "127.0.0.1"
    port: Port = 8090
    tokens_file: Path | None = None
    allow_shell: bool = False
    allow_files: bool = False
    files_folder: Path | None = None
    public_url: str = ""
    reason_codes: tuple[str, ...] = ()
    operators: dict[str, str] = {}  # noqa: RUF012 - a frozen pydantic model copies its defaults
    corrections_days: Annotated[int, Field(ge=1, le=400)] = 62


class TrackSettings(Section):
    """The tracker: state of each device and last punch of each PIN."""

    group: str = "punchstream-track"
    instance_id: str = ""
    health_port: Port = 9104
    take_records: Annotated[int, Field(ge=1, le=10_000)] = 5_000
    take_seconds: Seconds = 0.2
    offline_after_seconds: Seconds = 180.0


class ResolveSettings(Section):
    """Whose each punch is. `max_wait_hours`: a device that told nothing for so long does not hold its site back."""

    group: str = "punchstream-resolve"
    instance_id: str = ""
    health_port: Port = 9106
    take_records: Annotated[int, Field(ge=1, le=10_000)] = 5_000
    take_seconds: Seconds = 0.2
    max_wait_hours: Annotated[float, Field(gt=0, le=24 * 365)] = 72.0


class DeriveSettings(Section):
    """Cards. `hot_days`: what is older lies in timecards.archive; a partition of that is read in
    `archive_scan_seconds` at most."""

    group: str = "punchstream-derive"
    instance_id: str = ""
    health_port: Port = 9107
    take_records: Annotated[int, Field(ge=1, le=10_000)] = 2_000
    take_seconds: Seconds = 0.2
    hot_days: Annotated[int, Field(ge=14, le=400)] = 45
    archive_scan_seconds: Seconds = 300.0


class NormalizeSettings(Section):
    """Raw to punches."""

    group: str = "punchstream-normalize"
    instance_id: str = ""
    health_port: Port = 9102
    take_records: Annotated[int, Field(ge=1, le=1000)] = 100
    take_seconds: Seconds = 0.1
    unknown_zone: str = "UTC"


class SinkSettings(Section):
    """Topics to ClickHouse tables."""

    group: str = "punchstream-sink"
    instance_id: str = ""
    health_port: Port = 9103
    max_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 50_000
    max_bytes: Annotated[int, Field(ge=MiB)] = 64 * MiB
    total_bytes: Annotated[int, Field(ge=MiB)] = 256 * MiB
    flush_seconds: Seconds = 1.0
    drain_seconds: Seconds = 20.0
