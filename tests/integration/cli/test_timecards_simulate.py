"""`punchstream timecards simulate` as typed: state of two partitions, one of it archived, on a genuine Kafka."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.timecards.stream.header import BucketRanges
from processors.timecards.stream.kept_codec import decode_header, encode_header
from processors.timecards.stream.state_keys import bucket_key, header_key
from runtime import topics
from runtime.keyed_state import KeyedState
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.registry import SitePeriod, SiteRecord
from tests.integration.helpers import make_settings
from tests.unit.processors.timecards.stream.simulated import DAY, ZONE, event_time, instant, lock, state_of

ROOT = Path(__file__).parents[3]
NEXT = DAY + timedelta(1)
SHIFTS = {DAY: ("08:00:00", "18:00:00"), NEXT: ("08:00:00", "16:00:00")}
POLICY = "policies:\n- {id: all, settings: {ot: {daily: [{after: 480, bucket: ot1}]}}}\n"


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "kafka.partitions=2", "ingest.default_tenant=acme")
    await topics.apply(settings.kafka)
    await write_changes(settings.kafka, compare_records([], [SiteRecord("berlin", (SitePeriod(zone=ZONE),))]))
    return settings


async def typed(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "PUNCHSTREAM_INGEST__DEFAULT_TENANT": "acme",
    }
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "cli.main", "timecards", "simulate", *words], capture_output=True,
        text=True, timeout=60, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


async def written(settings: Settings) -> int:
    async with KafkaReader(settings.kafka) as reader:
        ends = await reader.end_offsets("timecards.state", "timecards.archive", "timecards.daily", "registry")
    return sum(ends.values())


async def test_what_a_policy_would_change_is_shown_and_nothing_written(settings: Settings, tmp_path: Path) -> None:
    known = event_time(instant(DAY + timedelta(20), "00:00"))
    first = {**state_of("E1", SHIFTS, locks={DAY: lock(worked=600, reg=600)}), **known}
    second = {**state_of("E2", SHIFTS), **known}
    owner = header_key("acme", "E2")
    header = decode_header(second[owner])
    (number,) = header.hot
    header.hot, header.archived = set(), BucketRanges([(number, number)])
    key = bucket_key(owner, number)
    archived = second.pop(key)
    second[owner] = encode_header(header)
    state = KeyedState(settings.kafka, "timecards.state", client_id="test")
    await state.assigned([0, 1])
    await state.put(0, dict(first))
    await state.put(1, dict(second), [("timecards.archive", key, archived)])
    await state.stop()
    before = await written(settings)

    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    dates = ("--from", DAY.isoformat(), "--to", NEXT.isoformat())
    done = await typed(settings, "--policy", str(file), *dates, "--json")
    assert (done.returncode, "2 of 2 partitions looked at" in done.stderr) == (0, True), done.stderr
    found = json.loads(done.stdout)
    assert [(one["employee"], one["work_date"], one["locked"], one["deltas"]) for one in found["differences"]] == [
        ("E1", "2026-02-04", True, {"reg": -120, "ot1": 120}), ("E2", "2026-02-04", False, {"reg": -120, "ot1": 120}),
    ]  # fmt: skip
    assert found["sums"] == {"open": {"reg": -120, "ot1": 120}, "locked": {"reg": -120, "ot1": 120}}

    told = await typed(settings, "--policy", str(file), *dates, "--employee", "E2")
    assert "E2        2026-02-04  open    reg 600 -> 480, ot1 0 -> 120" in told.stdout
    assert "1 dates of 1 people of acme differ, 2026-02-04 to 2026-02-05" in told.stdout
    assert (await typed(settings, *dates)).stdout == "0 dates of 0 people of acme differ, 2026-02-04 to 2026-02-05\n"
    wrong = await typed(settings, "--from", NEXT.isoformat(), "--to", DAY.isoformat())
    assert wrong.returncode == 2
    assert await written(settings) == before
