"""Registry files against the registry: what they would change, and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.errors import RegistryFileWrong
from cli.registry_file import parse_registry
from runtime.registry_view import RegistryView
from runtime.registry_writer import RecordChange, compare_records, write_changes
from runtime.sections import KafkaSettings
from runtime.settings import Settings
from schemas.registry import Record, SiteRecord
from schemas.registry_timecards import PolicyRecord

_MAX_FILE_BYTES = 64 * 1024 * 1024


async def read_registry(settings: KafkaSettings) -> list[Record]:
    """All records as they are now. Raises ViewUnreadable."""
    view = RegistryView(settings, client_id="punchstream-registry-reader")
    await view.start()
    try:
        return view.records()
    finally:
        await view.stop()


def read_files(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Name and text of each. Raises RegistryFileWrong."""
    files = []
    for path in paths:
        try:
            if path.stat().st_size > _MAX_FILE_BYTES:
                raise RegistryFileWrong(f"{path} has more than {_MAX_FILE_BYTES} bytes: that is no registry file")
            files.append((str(path), path.read_text(encoding="utf-8")))
        except OSError as error:
            raise RegistryFileWrong(f"cannot read {path}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise RegistryFileWrong(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from None
    return files


def plan_files(files: Sequence[tuple[str, str]], current: Sequence[Record]) -> list[RecordChange]:
    """What the files (name, text) would change in the registry as it is. Raises RegistryFileWrong with all mistakes."""
    sites = {record.id: record for record in current if isinstance(record, SiteRecord)}
    policies = [record for record in current if isinstance(record, PolicyRecord)]
    records, problems = parse_registry(files, sites, policies)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise RegistryFileWrong(f"nothing was changed, {len(problems)} mistakes in the registry files:\n{listed}")
    return compare_records(current, records)


async def apply_text(settings: Settings, text: str) -> list[RecordChange]:
    """Apply the text of a YAML registry file. Raises RegistryFileWrong, ViewUnreadable, DeliveryFailed."""
    changes = plan_files([("registry.yaml", text)], await read_registry(settings.kafka))
    await write_changes(settings.kafka, changes)
    return changes
