"""The stations as a process: signals, what is printed, entries for connectors."""

import asyncio
import json
import signal
import sys
import tomllib
from pathlib import Path

import httpx

from runtime.connector_sections import AkuvoxStation
from simulate.akuvox.ledger import read_ledger

COMMAND = "from cli.main import main; main()"


async def start(folder: Path, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, "simulate", "akuvox", "--ledger", str(folder / "ledger"), "--first-port", "0"),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_serves_until_sigterm_and_connectors_could_poll_it(tmp_path: Path) -> None:
    out = tmp_path / "connectors.toml"
    options = ("--stations", "2", "--rate", "20", "--control-port", "0", "--settings-out", str(out), "--json")
    process = await start(tmp_path, *options)
    assert process.stdout is not None
    started = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))["started"]
    entries = [AkuvoxStation(**entry) for entry in tomllib.loads(out.read_text())["connectors"]["akuvox"]]
    assert [(entry.url, entry.mac) for entry in entries] == [(one["url"], one["mac"]) for one in started["stations"]]
    auth = httpx.DigestAuth(entries[0].username, entries[0].password().get_secret_value())
    async with httpx.AsyncClient(auth=auth, trust_env=False) as http:
        answer = await http.get(f"{entries[0].url}/api/doorlog/get", params={"page": 1})
        assert answer.json()["retcode"] == 0
        assert len((await http.get(f"{started['control']}/_simulator/stations")).json()) == 2
    process.send_signal(signal.SIGTERM)
    last, error = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, error) == (0, b"")
    ended = json.loads(last)["ended"]
    assert ended["made"] == len(read_ledger(tmp_path / "ledger").rows)
    assert json.loads((tmp_path / "ledger" / "status.json").read_text())["state"] == "done"
    assert (tmp_path / "connectors.toml.password").stat().st_mode & 0o077 == 0


async def test_it_ends_after_its_time_and_says_what_was(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("[akuvox]\nstations = 4\nrate = 9\n[auth]\nmode = 'none'\n")
    process = await start(tmp_path, "--scenario", str(tmp_path / "s.toml"), "--for", "0.5", "--stations", "1")
    out, error = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, error) == (0, b"")
    assert out.startswith(b"1 stations answer at http://127.0.0.1:")
    assert b" rows made, 0 read by somebody, 0 gone (0 that nobody had read)" in out


async def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    for options, message in (
        (("--auth", "token"), b"auth mode 'token' is not known"),
        (("--hint-url", "x"), b"hint_url is 'x'"),
        (("--scenario", str(tmp_path / "none.toml")), b"cannot be read as TOML"),
    ):
        process = await start(tmp_path, *options)
        out, error = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode not in (0, None)
        assert message in out + error
        assert b"Traceback" not in error
