"""The fleet as a process: signals, kill -9, exit codes."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from simulate.fleet.ledger import read_ledger
from tests.unit.simulate.clocks import until
from tests.unit.simulate.edge import Edge, Outcome

PROGRAM = """
import sys
from pathlib import Path
from simulate.fleet.main import main
from simulate.fleet.settings import FleetSettings
url, ledger, drain = sys.argv[1:]
sys.exit(main(FleetSettings(url, Path(ledger), terminals=10, rate=2000, time_scale=0.01, drain_seconds=float(drain))))
"""


async def start(url: str, ledger: Path, drain: float = 20) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        url,
        str(ledger),
        str(drain),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def end(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_sigterm_stops_drains_and_ends_well(tmp_path: Path) -> None:
    edge = Edge()
    async with edge.serving():
        fleet = await start(edge.url, tmp_path)
        await until(lambda: len(edge.accepted) > 200, "uploads")
        fleet.send_signal(signal.SIGTERM)
        code, out, err = await end(fleet)
    assert (code, err) == (0, "")
    ledger = read_ledger(tmp_path)
    assert ledger.made == ledger.acked == set(edge.accepted)
    assert f"10 terminals: {len(ledger.made)} punches made, {len(ledger.made)} acknowledged, 0 waiting" in out


async def test_a_second_signal_ends_at_once_with_a_whole_ledger(tmp_path: Path) -> None:
    edge = Edge(outcome=lambda number: "accept" if number < 50 else "refuse")
    status = tmp_path / "status.json"
    async with edge.serving():
        fleet = await start(edge.url, tmp_path, drain=1000)
        await until(lambda: len(edge.uploads) > 100, "uploads")
        fleet.send_signal(signal.SIGINT)
        await until(lambda: json.loads(status.read_bytes())["state"] == "draining", "the drain")
        fleet.send_signal(signal.SIGINT)
        code, _, err = await end(fleet)
    assert (code, err) == (0, "")
    assert json.loads(status.read_bytes())["state"] == "done"
    assert read_ledger(tmp_path).acked == set(edge.accepted) < read_ledger(tmp_path).made


async def test_killed_fleets_leave_a_ledger_that_the_next_one_completes(tmp_path: Path) -> None:
    outcomes: list[Outcome] = ["accept", "accept", "lose reply", "refuse"]
    edge = Edge(outcome=lambda number: outcomes[number % 4])
    async with edge.serving():
        for more in (100, 300, 500):
            fleet = await start(edge.url, tmp_path)
            seen = len(edge.accepted)
            await until(lambda: len(edge.accepted) > seen + more, "uploads")  # noqa: B023 # awaited within the turn
            fleet.kill()
            await end(fleet)
            ledger = read_ledger(tmp_path)
            assert ledger.acked <= set(edge.accepted) <= ledger.made
        fleet = await start(edge.url, tmp_path)
        seen = len(edge.accepted)
        await until(lambda: len(edge.accepted) > seen + 100, "uploads after the last kill")
        fleet.send_signal(signal.SIGTERM)
        assert (await end(fleet))[0] == 0
    ledger = read_ledger(tmp_path)
    assert ledger.made == ledger.acked == set(edge.accepted)
    lines = (tmp_path / "made.tsv").read_text().splitlines()
    assert len(lines) == len(ledger.made), "two punches alike"


async def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = await end(await start("http://127.0.0.1:1", tmp_path / "file"))
    assert (code, out) == (2, "")
    assert "cannot keep a ledger there" in err
    assert "Traceback" not in err
