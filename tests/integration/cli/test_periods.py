"""`punchstream periods` as typed, on a genuine Kafka."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import encode_event
from tests.integration.helpers import make_settings, producer
from tests.integration.ingest.control.derive_stand_in import deriving
from tests.integration.ingest.control.test_periods import END, RECORDS
from tests.unit.ingest.control.samples import device_state

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "default")
    settings = make_settings(
        stack, topic_prefix, "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    await write_changes(settings.kafka, compare_records([], RECORDS))
    return settings


async def typed(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "PUNCHSTREAM_KAFKA__PARTITIONS": "2",
        "PUNCHSTREAM_KEYS__FOLDER": str(settings.keys.folder),
    }
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "cli.main", "periods", *words], capture_output=True, text=True,
        timeout=60, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


async def test_close_waive_acknowledge_and_reopen_as_typed(settings: Settings) -> None:
    async with producer(settings, "devices") as sender:
        state = device_state("A1", watermark=END - 1)
        await sender.send("devices", b"A1", encode_event(state), partition_by=b"A1")
    office = ("office", "2026-02-20")
    given_up = await typed(settings, "close", *office, "--wait", "0.5")
    assert (given_up.returncode, "OPEN (version 2" in given_up.stdout) == (1, True)
    assert "given up: 0 of ? partitions reported within 0.5 s" in given_up.stdout
    async with deriving(settings):
        hindered = await typed(settings, "close", *office)
        assert (hindered.returncode, "2 of 2 partitions have reported" in hindered.stderr) == (1, True)
        assert "DEVICE     -         -     A1" in hindered.stdout
        waive = await typed(settings, "waive", *office, "--code", "DEVICE", "--device", "A1", "--reason", "on paper")
        assert waive.returncode == 0, waive.stderr
        locked = await typed(settings, "close", *office, "--json")
        assert locked.returncode == 0
    content_hash = json.loads(locked.stdout)["period"]["manifest"]["content_hash"]
    shown = await typed(settings, "show", *office)
    for text in (
        "LOCKED (version 7",
        "6 cards of 6 people",
        content_hash,
        "DEVICE A1, by",
        "acknowledged by payroll: not",
    ):
        assert text in shown.stdout
    assert f"hash {content_hash}" in (await typed(settings, "manifest", *office)).stdout
    wrong = await typed(settings, "acknowledge", *office, "0" * 32)
    assert (wrong.returncode, "stop the run" in wrong.stderr, wrong.stdout) == (1, True, "")
    assert (await typed(settings, "acknowledge", *office, content_hash)).returncode == 0
    listed = await typed(settings, "list", "--status", "locked")
    assert listed.stdout.splitlines()[1].split()[:7] == [
        "office",
        "2026-02-01",
        "2026-02-28",
        "LOCKED",
        "8",
        "6",
        "yes",
    ]
    refused = await typed(settings, "reopen", *office, "--reason", "wrong")
    assert (refused.returncode, "was acknowledged by" in refused.stderr) == (1, True)
    reopened = await typed(settings, "reopen", *office, "--reason", "wrong", "--paid-not-yet")
    assert (reopened.returncode, "REOPENED (version 9" in reopened.stdout) == (0, True)
    assert (await typed(settings, "list", "--status", "nonsense")).returncode == 2
