"""What stops the edge before it starts, and when it is ready."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import pytest

from ingest.emit import Emitter
from ingest.main import Readiness, load_sealer
from runtime.errors import SettingsError
from runtime.registry_view import RegistryView
from runtime.sealing import write_key_file
from runtime.settings import IngestSettings


def test_without_a_key_it_refuses_to_start_and_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match=r"ingest\.seal_key_file is not set.*punchstream keys new FILE"):
        load_sealer(IngestSettings())


def test_the_key_is_named_by_its_file(tmp_path: Path) -> None:
    write_key_file(tmp_path / "tenant-1.key")
    assert load_sealer(IngestSettings(seal_key_file=tmp_path / "tenant-1.key")).key_id == "tenant-1"


class StandIn:
    failed = ""
    last_failure = 0.0


def test_readiness() -> None:
    readiness = Readiness()
    assert readiness.check() == "waiting for Kafka"
    readiness.waiting_for = ""
    assert readiness.check() == ""
    seen = StandIn()
    readiness.registry, readiness.emitter = cast(RegistryView, seen), cast(Emitter, seen)
    readiness.failure_counts_seconds = 10
    assert readiness.check() == ""
    seen.last_failure = time.monotonic()
    assert readiness.check() == "Kafka does not acknowledge"
    seen.last_failure -= 11
    assert readiness.check() == ""
    seen.failed = "following topic registry stopped"
    assert readiness.check() == "following topic registry stopped"
