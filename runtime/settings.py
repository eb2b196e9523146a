"""Settings of all parts: one TOML file, then environment (`PUNCHSTREAM_KAFKA__BOOTSTRAP`), then flags (`--set a.b=c`).

Unknown or contradictory keys refuse to start, by name. Secrets come from files or the environment and are never
printed. A process reads its settings once, at its start.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.connector_sections import ConnectorSettings
from runtime.errors import SettingsError
from runtime.sections import (
    ClickHouseSettings,
    ControlSettings,
    DeriveSettings,
    IngestSettings,
    KafkaSettings,
    KeySettings,
    LookupSettings,
    NormalizeSettings,
    ResolveSettings,
    SinkSettings,
    StoreSettings,
    TlsSettings,
    TrackSettings,
)
from schemas.topics import RECORD_OVERHEAD_BYTES

ENV_PREFIX = "PUNCHSTREAM_"


class Settings(BaseSettings):
    """Everything. Load it with `load_settings`, which turns every complaint into a SettingsError."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    ingest: IngestSettings = IngestSettings()
    keys: KeySettings = KeySettings()
    store: StoreSettings = StoreSettings()
    tls: TlsSettings = TlsSettings()
    lookups: LookupSettings = LookupSettings()
    control: ControlSettings = ControlSettings()
    normalize: NormalizeSettings = NormalizeSettings()
    track: TrackSettings = TrackSettings()
    resolve: ResolveSettings = ResolveSettings()
    derive: DeriveSettings = DeriveSettings()
    sink: SinkSettings = SinkSettings()
    connectors: ConnectorSettings = ConnectorSettings()
    health_host: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _bodies_fit(self) -> Settings:
        inline = min(self.ingest.inline_body_bytes, self.ingest.max_body_bytes)
        room = self.kafka.max_record_bytes - RECORD_OVERHEAD_BYTES
        if inline > room:
            raise ValueError(
                f"bodies of up to {inline} bytes would go into records, and kafka.max_record_bytes leaves room for "
                f"{room}: set ingest.inline_body_bytes to {room} or less, and the store that bigger ones go to"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # File and flags come in through `load_settings` as one mapping each, so that their order is in one place.
        return (env_settings, init_settings)


class _Complete(Settings):
    """Settings whose values are all given: the environment has had its say already, flags win over it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load_settings(file: Path | None = None, overrides: tuple[str, ...] = ()) -> Settings:
    """Settings from `file` (TOML), the environment, and `overrides` (each `section.key=value`), the latter winning.

    Raises SettingsError naming every key that is unknown, contradictory or unreadable.
    """
    values = _read_toml(file) if file else {}
    _refuse_unknown_environment()
    try:
        settings = Settings(**values)
        if overrides:
            merged = settings.model_dump()
            for override in overrides:
                _apply_override(merged, override)
            settings = _Complete(**merged)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    return settings


def read_secret(value: SecretStr, file: Path | None, name: str) -> str:
    """The secret itself: from its file when one is named. Raises SettingsError naming the setting, never the secret."""
    if file is None:
        return value.get_secret_value()
    try:
        return file.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{name}: cannot read {file}: {error.strerror}") from None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsError(f"cannot read settings file {file}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"settings file {file} is not TOML: {error}") from None


def _apply_override(values: dict[str, Any], override: str) -> None:
    name, equals, value = override.partition("=")
    if not equals:
        raise SettingsError(f"--set {override}: write section.key=value")
    *sections, key = name.strip().split(".")
    target = values
    for section in sections:
        inner = target.get(section)
        if not isinstance(inner, dict):
            raise SettingsError(f"--set {override}: there is no section {section}")
        target = inner
    target[key] = value


def _refuse_unknown_environment() -> None:
    sections = {name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(ENV_PREFIX) and name.removeprefix(ENV_PREFIX).split("__")[0].upper() not in sections:
            if name == f"{ENV_PREFIX}CACHE":  # where the local stack keeps its downloads; not a setting of a part
                continue
            raise SettingsError(f"environment variable {name} is not a setting")


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in problem["loc"]) or "settings"
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{where}: {what}")
    return "; ".join(lines)
