"""What each client says that it sent against what Kafka holds. How to run: docs/compatibility.md."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.parts import write_settings
from cli.registry_apply import apply_text
from deploy.local.stack import LocalStack
from runtime.settings import Settings
from tests.compat.clients import client_file, client_running, run_client
from tests.integration.helpers import until
from tests.integration.ingest.running import RunningEdge, edge_settings, running_edge

EMULATOR_DEVICES = [f"00801181{number:05d}" for number in range(3)]
EMULATOR_PUNCHES = 60
EMULATOR_SECONDS = 150
_EMULATOR_ROW = re.compile(rb"(\d{5}\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t0\t1)")
_PUSHED = re.compile(rb"pushed transaction: (\d+)")

pytestmark = pytest.mark.timeout(300)


async def test_the_vendor_emulator(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    """Uploads without `table=`, rows of four columns without a last line end; it wants answers that begin `OK:`."""
    script = client_file("COMPAT_EMULATOR", "units/adms/test/push_sdk.py", tmp_path)
    python2 = os.environ.get("COMPAT_PYTHON2", "python2.7")
    output = tmp_path / "emulator.log"
    settings = edge_settings(stack, topic_prefix, tmp_path)
    async with running_edge(settings) as edge:
        await _register(settings, EMULATOR_DEVICES, "count")
        url = f"http://127.0.0.1:{settings.ingest.port}/iclock/"
        command = [python2, "-u", str(script), url, str(len(EMULATOR_DEVICES)), str(EMULATOR_PUNCHES)]
        async with client_running(command, output):
            await until(lambda: b"delay=" in output.read_bytes(), "its first handshake")
            ids = await _request(edge, "log.send_new", EMULATOR_DEVICES, tmp_path)
            await until(lambda: b"Finished" in output.read_bytes(), "it has sent enough", EMULATOR_SECONDS)
        said = output.read_bytes()
        rows = Counter(_EMULATOR_ROW.findall(said))
        assert sum(rows.values()) == int(_PUSHED.findall(said)[-1]) > EMULATOR_PUNCHES
        assert await _stored_rows(edge) == rows
        taken = [command_id for command_id in ids if b"C:%s:LOG" % command_id.encode() in said]
        assert taken, "no device took its command"
        states = {state["command_id"]: state for state in await _commands(edge, EMULATOR_DEVICES, tmp_path)}
        assert [(states[one]["status"], states[one]["return_code"], states[one]["sends"]) for one in taken] == [
            ("done", 0, 1)
        ] * len(taken)


async def test_the_essl_punch_script(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    """Handshake, a user in OPERLOG, a punch of seven columns, a poll."""
    script = client_file("COMPAT_ESSL", "backend/scripts/simulate-punch.js", tmp_path)
    async with running_edge(edge_settings(stack, topic_prefix, tmp_path)) as edge:
        base = f"http://127.0.0.1:{edge.settings.ingest.port}"
        said = await run_client(
            ["node", str(script), "1001", "0"], script.parents[1], {"SIM_BASE": base, "SIM_SN": "SIM0000000001"}
        )
        assert said.code == 0, said.text
        assert said.text.count("200 OK: 1") == 2, said.text
        punched = re.search(r"PIN 1001 punched at (.{19})", said.text)
        assert punched, said.text
        stored = {(record.raw.table, record.value.split(b"\t")[0]) for record in await edge.stored()}
        assert {("ATTLOG", b"1001"), ("OPERLOG", b"USER PIN=1001")} <= stored


@pytest.mark.parametrize("profile", ["plain", "count"])
async def test_the_roster_simulator(stack: LocalStack, topic_prefix: str, tmp_path: Path, profile: str) -> None:
    """Wants `OK` and nothing more for its punches: the profile `plain`, here of its site. With `count` it gives up, but
    what it sent is there all the same."""
    package = client_file("COMPAT_ROSTER", "package.json", tmp_path)
    settings = edge_settings(stack, topic_prefix, tmp_path)
    async with running_edge(settings) as edge:
        await _register(settings, ["MB20VL-SIM-0001"], profile)
        await until(lambda: _serves(edge, "MB20VL-SIM-0001", profile), "the edge has the registry")
        target = f"http://127.0.0.1:{settings.ingest.port}"
        said = await run_client(
            ["npm", "run", "simulator"],
            package.parent,
            {"SIM_TARGET_URL": target, "SIM_DEVICE_SERIAL": "MB20VL-SIM-0001", "SIM_SHARED_KEY": ""},
        )
        assert (said.code == 0) is (profile == "plain"), said.text
        assert ('all acknowledged "OK"' if profile == "plain" else 'unexpected push reply: "OK: 6') in said.text
        assert sum((await _stored_rows(edge)).values()) == 6


async def _register(settings: Settings, serials: list[str], profile: str) -> None:
    """At a site that has this reply profile."""
    devices = "\n".join(f'  - {{serial: "{serial}", site: s, tenant: default}}' for serial in serials)
    await apply_text(settings, f"sites: [{{id: s, name: S, zone: UTC, ack_profile: {profile}}}]\ndevices:\n{devices}\n")


async def _serves(edge: RunningEdge, serial: str, profile: str) -> bool:
    """Whether an upload without rows is answered in that way."""
    answer = await edge.post(serial, b"")
    return answer.endswith(b"\r\n\r\nOK" if profile == "plain" else b"\r\n\r\nOK: 0\n")


async def _stored_rows(edge: RunningEdge) -> Counter[bytes]:
    bodies = [record.value for record in await edge.stored() if record.raw.table == "ATTLOG"]
    return Counter(row for body in bodies for row in body.split(b"\n") if row)


async def _request(edge: RunningEdge, name: str, devices: list[str], folder: Path) -> list[str]:
    flags = [flag for device in devices for flag in ("-d", device)]
    result = await _punchstream(edge, folder, "commands", "request", name, *flags)
    return [ordered["command_id"] for ordered in result["commands"]]


async def _commands(edge: RunningEdge, devices: list[str], folder: Path) -> list[dict[str, Any]]:
    lists = [await _punchstream(edge, folder, "commands", "list", "-d", device) for device in devices]
    return [state for states in lists for state in states]


async def _punchstream(edge: RunningEdge, folder: Path, *arguments: str) -> Any:
    """What a command of the command line says as JSON."""
    file = folder / "punchstream.toml"
    write_settings(edge.settings, file)
    command = [sys.executable, "-m", "cli.main", "--config", str(file), *arguments, "--json"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return orjson.loads(done.stdout)
