"""The fleet against a server that misbehaves by a seeded script."""

import asyncio
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from simulate.fleet.errors import FatalError
from simulate.fleet.ledger import read_ledger, read_lines
from simulate.fleet.run import run_fleet
from simulate.fleet.settings import BODY_BYTES, FleetSettings
from tests.unit.simulate.clocks import FastClock, FrozenClock, gaps, until
from tests.unit.simulate.edge import OPTIONS, Edge, Outcome


def made_order(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Per serial, the punches in the order in which they were made."""
    order: dict[str, list[tuple[str, str]]] = {}
    for serial, pin, second in read_lines(folder / "made.tsv"):
        order.setdefault(serial, []).append((pin.strip().lstrip("0"), second))
    return order


def arrival_order(edge: Edge) -> dict[str, list[tuple[str, str]]]:
    """Per serial, the punches in the order in which the server first took them."""
    order: dict[str, list[tuple[str, str]]] = {}
    for serial, pin, second in dict.fromkeys(edge.accepted):
        order.setdefault(serial, []).append((pin, second))
    return order


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_punch_is_acknowledged_in_the_end(tmp_path: Path, seed: int) -> None:
    bad: list[Outcome] = ["refuse", "close", "lose reply", "no ok", "created"]
    rng = random.Random(seed)
    edge = Edge(outcome=lambda _: rng.choice(bad) if rng.random() < 0.4 else "accept")
    async with edge.serving():
        settings = FleetSettings(
            edge.url, tmp_path, seed=seed, terminals=25, people=30, rate=3000, punches=2000, time_scale=0.01
        )
        result = await run_fleet(settings, asyncio.Event())
    ledger = read_ledger(tmp_path)
    assert (result.made, result.acknowledged, result.waiting) == (2000, 2000, 0)
    assert len(ledger.made) == 2000, "two punches alike"
    assert ledger.made == ledger.acked == set(edge.accepted)
    assert max(Counter(edge.accepted).values()) > 1, "no lost reply led to a copy: the script tests nothing"
    assert result.resent > 0
    assert result.refused_503 > 0
    assert result.errors > 0
    assert arrival_order(edge) == made_order(tmp_path)


async def test_the_backlog_goes_up_oldest_first_in_batches_with_changing_borders(tmp_path: Path) -> None:
    up = False
    edge = Edge(outcome=lambda _: "accept" if up else "refuse")
    async with edge.serving():
        settings = FleetSettings(
            edge.url, tmp_path, terminals=4, people=50, rate=5000, punches=2400, time_scale=0.02, variant_share=0
        )
        fleet = asyncio.create_task(run_fleet(settings, asyncio.Event()))
        await until(lambda: len(edge.uploads) > 60, "tries during the outage")
        up = True
        result = await asyncio.wait_for(fleet, 30)
    assert result.waiting == 0
    assert arrival_order(edge) == made_order(tmp_path)
    accepted = [upload for upload in edge.uploads if upload.outcome == "accept"]
    for serial in made_order(tmp_path):
        sizes = [len(upload.rows) for upload in accepted if upload.serial == serial]
        assert all(30 <= size <= 150 for size in sizes[:-1])
        assert len(set(sizes)) > 1
        tries = [len(upload.rows) for upload in edge.uploads if upload.serial == serial and upload.outcome == "refuse"]
        tries = [size for size in tries if size > 1]  # one row has no border to move
        changed = sum(1 for gap in gaps([float(size) for size in tries]) if gap)
        assert changed >= 0.9 * (len(tries) - 1) > 0
    assert max(upload.size for upload in edge.uploads) <= BODY_BYTES


@pytest.mark.parametrize("time_scale", [1.0, 0.5])
async def test_three_quick_tries_then_offline_for_the_error_delay(tmp_path: Path, time_scale: float) -> None:
    clock = FastClock(speed=50)
    edge = Edge(outcome=lambda number: "accept" if number >= 6 else "refuse", clock=clock.monotonic)
    async with edge.serving():
        settings = FleetSettings(
            edge.url, tmp_path, terminals=1, punches=1, rate=1000, drain_seconds=1000, time_scale=time_scale
        )
        result = await run_fleet(settings, asyncio.Event(), clock)
    assert result.waiting == 0
    times = [upload.at for upload in edge.uploads]
    assert len(times) == 7
    waited = [gap / time_scale for gap in gaps(times)]
    for gap, least in zip(waited, [0.3, 0.6, 0.9 + 30, 0.3, 0.6, 0.9 + 30], strict=True):
        assert gap >= least
    for pause in (0.3, 0.6, 0.9, 30):  # and no longer: twice each, as there were two series of failed tries
        assert sum(wait == pytest.approx(pause * time_scale, rel=0.2) for wait in clock.asked) >= 2
    handshakes = [at for at, target in zip(edge.times, edge.targets, strict=True) if "options=" in target]
    assert len(handshakes) == 3, "a terminal that was offline asks for its options again"
    assert all("INFO=" in target for target in polls_after_handshakes(edge))


def polls_after_handshakes(edge: Edge) -> list[str]:
    return [edge.targets[number + 1] for number, target in enumerate(edge.targets) if "options=" in target]


async def test_interval_mode_waits_for_trans_interval(tmp_path: Path) -> None:
    clock = FastClock(speed=200)
    options = OPTIONS.replace("Realtime=1", "Realtime=0").replace("TransInterval=0", "TransInterval=2")
    edge = Edge(options=options, clock=clock.monotonic)
    stop = asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=1, people=500, rate=1, variant_share=0)
        fleet = asyncio.create_task(run_fleet(settings, stop, clock))
        await until(lambda: len(edge.uploads) >= 4, "uploads in interval mode")
        stop.set()
        await asyncio.wait_for(fleet, 20)
    assert edge.uploads[0].at - edge.times[0] >= 120
    assert len(edge.uploads[0].rows) >= 30


async def test_the_drain_does_not_wait_for_the_interval(tmp_path: Path) -> None:
    edge = Edge(options=OPTIONS.replace("Realtime=1", "Realtime=0").replace("TransInterval=0", "TransInterval=60"))
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=2, rate=1000, punches=20)
        result = await run_fleet(settings, asyncio.Event())
    assert (result.acknowledged, result.waiting) == (20, 0)


async def test_two_thousand_terminals_in_one_process(tmp_path: Path) -> None:
    edge = Edge()
    stop = asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=2000, people=2, rate=200)
        fleet = asyncio.create_task(run_fleet(settings, stop))

        def online() -> int:
            path = tmp_path / "status.json"
            return int(json.loads(path.read_bytes())["online"]) if path.exists() else 0

        await until(lambda: online() == 2000, "all terminals online", seconds=60)
        stop.set()
        result = await asyncio.wait_for(fleet, 60)
    assert len(edge.greeted) == 2000
    assert result.waiting == 0
    assert result.errors == 0
    assert read_ledger(tmp_path).made == set(edge.accepted)


async def test_the_seed_decides_people_and_punches(tmp_path: Path) -> None:
    edge = Edge()

    async def made(folder: str, seed: int) -> bytes:
        settings = FleetSettings(edge.url, tmp_path / folder, seed=seed, terminals=8, rate=5000, punches=400)
        await run_fleet(settings, asyncio.Event(), FrozenClock())
        return (tmp_path / folder / "made.tsv").read_bytes()

    async with edge.serving():
        first, second, other = await made("a", 7), await made("b", 7), await made("c", 8)
    assert first == second
    assert first != other


async def test_a_closed_loop_sends_fixed_bodies_as_fast_as_they_are_acknowledged(tmp_path: Path) -> None:
    edge = Edge()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=10, rate="max", rows_per_body=20, punches=4000)
        result = await run_fleet(settings, asyncio.Event())
    assert {len(upload.rows) for upload in edge.uploads} == {20}
    assert result.acknowledged == 4000
    assert len(read_ledger(tmp_path).made) == 4000, "two punches alike"
    assert result.ack_ms_p95 >= result.ack_ms_p50 > 0


async def test_a_restart_on_the_same_ledger_sends_what_was_left_and_repeats_nothing(tmp_path: Path) -> None:
    refusing = Edge(outcome=lambda _: "refuse")
    async with refusing.serving():
        settings = FleetSettings(
            refusing.url, tmp_path, terminals=3, people=5, rate=5000, punches=300, drain_seconds=0.3, time_scale=0.01
        )
        result = await run_fleet(settings, asyncio.Event(), FrozenClock())
    assert (result.made, result.acknowledged, result.waiting) == (300, 0, 300)
    accepting = Edge()
    async with accepting.serving():
        settings = FleetSettings(accepting.url, tmp_path, terminals=3, people=5, rate=5000, punches=300)
        # the machine's clock was set back meanwhile, and the people are the same: collisions everywhere
        result = await run_fleet(settings, asyncio.Event(), FrozenClock(1_793_000_000.0 - 30))
    ledger = read_ledger(tmp_path)
    assert (result.made, result.acknowledged, result.waiting) == (600, 600, 0)
    assert len(ledger.made) == 600, "two punches alike"
    assert ledger.made == ledger.acked == set(accepting.accepted)
    before = {key: row for upload in refusing.uploads for key, row in zip(upload.keys, upload.rows, strict=True)}
    after = {key: row for upload in accepting.uploads for key, row in zip(upload.keys, upload.rows, strict=True)}
    assert before.items() <= after.items(), "a row changed by the restart"


async def test_a_smaller_fleet_cannot_take_over_a_ledger_with_waiting_punches(tmp_path: Path) -> None:
    edge = Edge(outcome=lambda _: "refuse")
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=3, rate=5000, punches=60, drain_seconds=0)
        await run_fleet(settings, asyncio.Event())
        with pytest.raises(FatalError, match="SIM00000003 has unacknowledged punches"):
            await run_fleet(FleetSettings(edge.url, tmp_path, terminals=2), asyncio.Event())


async def test_commands_are_answered_all_in_one_body(tmp_path: Path) -> None:
    edge = Edge(poll_replies=["C:12:DATA UPDATE USERINFO PIN=1\nnonsense\nC:13:RELOAD OPTIONS\n"])
    stop = asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=1, time_scale=0.01)
        fleet = asyncio.create_task(run_fleet(settings, stop))
        await until(lambda: bool(edge.results), "the answer to the commands")
        stop.set()
        await asyncio.wait_for(fleet, 20)
    assert edge.results == ["ID=12&Return=0&CMD=DATA\nID=13&Return=0&CMD=RELOAD OPTIONS\n"]


async def test_a_forgotten_terminal_asks_for_options_again(tmp_path: Path) -> None:
    edge = Edge(poll_replies=["UNKNOWN DEVICE\n"])
    stop = asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=1, time_scale=0.01, variant_share=0)
        fleet = asyncio.create_task(run_fleet(settings, stop))
        await until(lambda: sum("options=all" in target for target in edge.targets) == 2, "a second handshake")
        stop.set()
        await asyncio.wait_for(fleet, 20)


async def test_a_server_that_always_forgets_is_not_flooded(tmp_path: Path) -> None:
    clock = FastClock(speed=50)
    edge = Edge(poll_replies=["UNKNOWN DEVICE\n"] * 10_000)
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=1, rate=0.001, duration=50, drain_seconds=0)
        await run_fleet(settings, asyncio.Event(), clock)
    assert 2 < len(edge.targets) <= 2 * 51 + 1


@pytest.mark.parametrize("reply", ["OK\n", "UNKNOWN DEVICE\n", "GET OPTION FROM: X"])
async def test_without_options_nothing_is_uploaded(tmp_path: Path, reply: str) -> None:
    edge = Edge(handshake=reply)
    async with edge.serving():
        settings = FleetSettings(
            edge.url, tmp_path, terminals=2, rate=1000, punches=20, time_scale=0.01, drain_seconds=0.5
        )
        result = await run_fleet(settings, asyncio.Event())
    assert len(edge.targets) > 4
    assert edge.uploads == []
    assert (result.waiting, result.acknowledged) == (20, 0)


async def test_the_last_status_tells_the_end(tmp_path: Path) -> None:
    edge = Edge()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=3, rate=1000, duration=0.2)
        result = await run_fleet(settings, asyncio.Event())
    status = json.loads((tmp_path / "status.json").read_bytes())
    assert status.keys() == {
        *("state", "at", "terminals", "online", "made", "acknowledged", "waiting"),
        *("refused_503", "errors", "resent", "requests", "ack_ms"),
    }
    assert (status["state"], status["terminals"], status["online"], status["waiting"]) == ("done", 3, 0, 0)
    assert status["made"] == status["acknowledged"] == result.made > 0
    assert status["ack_ms"]["p95"] >= status["ack_ms"]["p50"] > 0


async def test_a_host_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"cannot resolve the host of http://nowhere\.invalid"):
        await run_fleet(FleetSettings("http://nowhere.invalid:8080", tmp_path), asyncio.Event())
