"""The operators' commands as typed, on a genuine Kafka: devices, tokens, import."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.main import run as normalize
from runtime import topics
from runtime.key_files import new_key
from runtime.settings import Settings
from schemas.audit import AuditEvent
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter
from schemas.events import Punch
from schemas.headers import RawHeaders
from tests.integration.helpers import make_settings, producer, until

ROOT = Path(__file__).parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]
SITE = "sites: [{id: berlin, zone: Europe/Berlin}]\n"


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "default")
    settings = make_settings(
        stack, topic_prefix, "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}", "normalize.health_port=0",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    return settings


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "PUNCHSTREAM_KAFKA__PARTITIONS": "2",
        "PUNCHSTREAM_KEYS__FOLDER": str(settings.keys.folder),
        "PUNCHSTREAM_CONTROL__TOKENS_FILE": str(tmp_path / "tokens.toml"),
        "PUNCHSTREAM_CLICKHOUSE__URL": settings.clickhouse.url,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return run


async def test_a_file_of_the_device_makes_the_punches_that_a_push_makes(
    settings: Settings, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "r.yaml").write_text(SITE + "devices: [{serial: A1, site: berlin, tenant: default}]\n")
    assert run("registry", "apply", str(tmp_path / "r.yaml")).returncode == 0
    pushed = b"7\t2026-03-01 09:00:00\t0\t1\t0\n0012\t2026-03-01 09:00:01\t1\t4\t0\n"
    raw = RawHeaders("A1", "default", "ATTLOG", 1_772_355_605_000, "edge-1", "r1", path="/iclock/cdata")
    async with producer(settings, "raw.attendance") as sender:
        await sender.send("raw.attendance", b"A1", pushed, partition_by=b"A1", headers=raw.encode())
    file = tmp_path / "1_attlog.dat"
    file.write_bytes(
        b"        7\t2026-03-01 09:00:00\t0\t1\t0\t0\r\n     0012\t2026-03-01 09:00:01\t1\t4\t0\t0\r\nrubbish\r\n"
    )
    dry = run("import", "attlog", str(file), "--device", "a1", "--dry-run")
    assert (dry.returncode, "2 punches of 2 people" in dry.stdout, "nothing was written" in dry.stdout) == (
        0,
        True,
        True,
    )
    for _ in range(2):
        assert run("import", "attlog", str(file), "--device", "a1", "--reason", "line was down").returncode == 0
    stranger = run("import", "attlog", str(file), "--device", "B9")
    assert (stranger.returncode, "does not name the device B9" in stranger.stderr) == (1, True)

    stop = asyncio.Event()
    task = asyncio.create_task(normalize(settings, stop))
    try:
        async with KafkaReader(settings.kafka) as reader:

            async def dry_run() -> bool:
                return await reader.lag(settings.normalize.group, "raw.attendance") == 0

            await until(dry_run, "the normalizer has committed every upload", 60)
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)
    async with KafkaReader(settings.kafka) as reader:
        punches = [decode_event(Punch, record.value) async for record in reader.records("punches")]
    async with KafkaReader(settings.kafka) as reader:
        dead = [DeadLetter.decode(record.headers) async for record in reader.records("deadletters")]
    async with KafkaReader(settings.kafka) as reader:
        audit = [decode_event(AuditEvent, record.value) async for record in reader.records("audit")]
    ids = {punch.event_id for punch in punches if punch.request_id == "r1"}
    assert len(ids) == 2
    imported = [punch for punch in punches if punch.request_id.startswith("import-")]
    assert len(imported) == 4
    assert {punch.event_id for punch in imported} == ids
    assert len(dead) == 2  # the line that is no row, of each import
    assert [(event.action, event.target, event.reason, event.via) for event in audit] == [
        ("import.attlog", "A1", "line was down", "cli")
    ] * 2


async def test_devices_and_tokens(settings: Settings, run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(SITE)
    run("registry", "apply", str(tmp_path / "r.yaml"))
    assert run("devices", "approve", "box1", "box2", "--site", "berlin", "--tag", "gate").stdout == (
        "BOX1: approved\nBOX2: approved\n"
    )
    nowhere = run("devices", "approve", "box3", "--site", "paris")
    assert (nowhere.returncode, "no site 'paris'" in nowhere.stderr) == (1, True)
    assert run("devices", "set", "box1", "options.delay_s=20", "link=gprs").returncode == 0
    assert run("devices", "replace", "box1", "box9").stdout == "BOX1: replaced by BOX9\n"
    assert run("devices", "refuse", "evil").stdout == "EVIL: refused\n"
    listed = {one["serial"]: one for one in json.loads(run("devices", "list", "--json").stdout)}
    assert {serial: one["standing"] for serial, one in listed.items()} == {
        "BOX1": "retired", "BOX2": "served", "BOX9": "served", "EVIL": "refused",
    }  # fmt: skip
    exported = tmp_path / "export.yaml"
    exported.write_text(run("registry", "export").stdout)
    (new,) = [one for one in yaml.safe_load(exported.read_text())["devices"] if one["serial"] == "BOX9"]
    assert (new["replaces"], new["link"], new["options"], new["tags"]) == ("BOX1", "gprs", {"delay_s": 20}, ["gate"])
    assert run("registry", "diff", str(exported)).returncode == 0
    assert "nothing of BOX9 is kept" in run("devices", "tail", "box9").stdout
    requested = run("commands", "request", "device.info", "--tag", "gate")
    assert (requested.returncode, requested.stdout.count("device.info requested, id ")) == (0, 2)
    assert run("devices", "resend", "box9").returncode == 2

    secret = run("tokens", "new", "desk", "--role", "operate", "--tenant", "default", "--site", "berlin").stdout.strip()
    assert secret.startswith("psc_")
    assert secret not in (tmp_path / "tokens.toml").read_text()
    assert run("tokens", "list").stdout == "desk: operate, tenant default, sites berlin\n"
    assert run("tokens", "new", "desk", "--role", "read", "--tenant", "x").returncode == 1
    assert run("tokens", "new", "boss", "--role", "boss", "--tenant", "x").returncode == 1
    assert run("tokens", "revoke", "desk").returncode == 0
    assert run("tokens", "revoke", "desk").returncode == 1

    ill = run("doctor", "box9", "--url", "http://127.0.0.1:1")
    assert ill.returncode == 1
    assert "BAD  edge: 127.0.0.1:1 cannot be reached" in ill.stdout
    assert "ok   registry: BOX9 is served" in ill.stdout
    assert "BAD  contact: no edge has heard of BOX9" in ill.stdout
