"""What stops the edge before it starts, and when it is ready."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import pytest

from ingest.emit import Emitter
from ingest.main import Readiness, load_keys
from ingest.wiring import Views
from runtime.errors import SettingsError
from runtime.key_files import new_key
from runtime.settings import load_settings


def test_without_keys_it_refuses_to_start_and_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"keys\.folder is not set.*punchstream keys new --tenant"):
        load_keys(load_settings())
    with pytest.raises(SettingsError, match=r"no key in .*punchstream keys new --tenant"):
        load_keys(load_settings(None, (f"keys.folder={tmp_path}",)))


def test_who_accepts_unknown_devices_needs_a_key_for_their_tenant(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    overrides = (f"keys.folder={tmp_path}", "ingest.default_tenant=guests")
    assert load_keys(load_settings(None, overrides)).sealer("acme").key_id == "acme.1"
    with pytest.raises(SettingsError, match=r"tenant 'guests' has no key.*keys new --tenant guests.*default_tenant"):
        load_keys(load_settings(None, (*overrides, "ingest.unknown_devices=accept")))


class StandIn:
    failed = ""
    last_failure = 0.0


def test_readiness() -> None:
    readiness = Readiness()
    assert readiness.check() == "waiting for Kafka"
    readiness.waiting_for = ""
    assert readiness.check() == ""
    seen = StandIn()
    readiness.views, readiness.emitter = cast(Views, seen), cast(Emitter, seen)
    readiness.failure_counts_seconds = 10
    assert readiness.check() == ""
    seen.last_failure = time.monotonic()
    assert readiness.check() == "Kafka does not acknowledge"
    seen.last_failure -= 11
    assert readiness.check() == ""
    seen.failed = "following topic registry stopped"
    assert readiness.check() == "following topic registry stopped"
