"""Scenario files, the control port, people at the doors, what happens by plan."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulate.akuvox.errors import FatalError
from simulate.akuvox.ledger import read_ledger
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.scenario import read_scenario
from simulate.akuvox.settings import AkuvoxSettings, Happening, numbers_of
from tests.unit.simulate.akuvox.stations import quiet
from tests.unit.simulate.clocks import FastClock, until

EXAMPLES = sorted((Path(__file__).parents[4] / "docs" / "scenarios" / "akuvox").glob("*.toml"))

SCENARIO = """
[akuvox]
stations = 5
rate = 0.5
hint_urls = ["http://127.0.0.1:1/h"]

[auth]
realm = "HTTP API"
nonce_uses = 20

[quirks]
ring = 100
unsupported = ["pcap"]

[[station]]
numbers = "2-3"
rate = 2
quirks = { words = "numeric" }
auth = { mode = "basic" }

[[happening]]
at = 5
every = 30
stations = "one"
do = "clear"
values = { log = "door" }
"""


def read(path: Path, text: str = SCENARIO, **given: Any) -> AkuvoxSettings:
    (path / "s.toml").write_text(text)
    return read_scenario(path / "s.toml", given, {"ledger": path / "ledger", "first_port": 9200})


def test_a_scenario_is_read_and_options_go_first(tmp_path: Path) -> None:
    settings = read(tmp_path, stations=7, auth={"mode": "none"})
    assert (settings.stations, settings.rate, settings.first_port) == (7, 0.5, 9200)
    assert (settings.auth.mode, settings.auth.realm, settings.auth.nonce_uses) == ("none", "HTTP API", 20)
    assert settings.quirks == Quirks(ring=100, unsupported=("pcap",))
    assert settings.overrides[0].quirks == {"words": "numeric"}
    assert settings.happenings == (Happening(5, "clear", "one", 30, {"log": "door"}),)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_scenarios(path: Path, tmp_path: Path) -> None:
    assert read_scenario(path, {}, {"ledger": tmp_path}).happenings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[akuvox]\nstation = 1", "station"),
        ("[quirks]\nrings = 1", "rings"),
        ("[quirks]\nring = 0", "ring is 0"),
        ("[quirks]\nwords = 'klingon'", "quirks.words"),
        ("[[station]]\nnumbers = 'x'", "names no stations"),
        ("[[station]]\nnumbers = '1'\nquirks = { a = 1 }", "no setting"),
        ("[[happening]]\nat = 1\ndo = 'dance'", "do is one of"),
        ("[akuvox]\nzone = 'Mars/Base'", "zone is 'Mars/Base'"),
        ("[akuvox]\nhint_urls = ['ftp://x']", "hint_url"),
        ("[akuvox]\nfirst_port = 65534", "must fit below 65536"),
        ("[akuvox", "cannot be read as TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FatalError, match=message):
        read(tmp_path, text)


def test_numbers() -> None:
    assert numbers_of("1,4-6", 5) == [1, 4, 5]


async def test_the_control_port_steers_single_stations(tmp_path: Path) -> None:
    async with (
        AkuvoxStations(quiet(tmp_path, stations=3, control_port=0)) as stations,
        httpx.AsyncClient(base_url=f"{stations.control_url}/_simulator") as http,
    ):

        async def do(path: str, values: object, status: int = 200) -> Any:
            answer = await http.post(f"/stations/{path}", json=values)
            assert answer.status_code == status, answer.text
            return answer.json()

        assert [one["number"] for one in (await http.get("/stations")).json()] == [1, 2, 3]
        await do("2/event", {"count": 3, "method": "card", "granted": True, "relay": 1})
        await do("1-2/event", {"log": "call", "kind": "Missed"})
        assert [len(station.logs["door"]) for station in stations] == [0, 3, 0]
        assert [len(station.logs["call"]) for station in stations] == [1, 1, 0]
        await do("2/clear", {"log": "door"})
        assert len(stations[1].logs["door"]) == 0
        await do("all/clock", {"seconds": -3600})
        assert {station.clock_error for station in stations} == {-3600.0}
        (shown,) = await do("3/quirks", {"words": "short", "unsupported": ["user/get"]})
        assert (shown["quirks"]["words"], stations[2].quirks.unsupported) == ("short", ("user/get",))
        await do("3/auth", {"mode": "digest", "nonce_uses": 1})
        assert stations[2].gate.auth.mode == "digest"
        await do("3/upgrade", {})
        await do("3/mac", {"mac": "0c1105abcdef"})
        assert stations[2].mac == "0C1105ABCDEF"
        assert stations[2].is_offline(), "it restarts after an upgrade"
        for verb, values in (
            ("reboot", {}),
            ("throttle", {"seconds": 1}),
            ("expire_nonces", {}),
            ("rate", {"rate": 2}),
        ):
            await do(f"1/{verb}", values)
        await do("1/offline", {"seconds": 1})
        await do("1/hint_url", {"url": "http://127.0.0.1:1/"})
        assert stations[0].rate == 2
        status = (await http.get("/status")).json()
        assert (status["stations"], status["made"], status["gone"]) == (3, 5, 3)
        for path, bad, wanted in (
            ("9/clear", {}, "there is no station 9"),
            ("1/dance", {}, "cannot be done"),
            ("1/clock", {}, "KeyError"),
            ("1/clock", [], "JSON object"),
            ("1/quirks", {"ring": -1}, "ring is -1"),
            ("1/quirks", {"rings": 1}, "no setting"),
            ("1/mac", {"mac": "x"}, "12 hexadecimal"),
            ("1/event", {"method": "hand"}, "method is"),
        ):
            assert wanted in (await do(path, bad, 400))["error"]
        assert (await http.post("/stations/1/clear", content=b"{")).status_code == 400
        assert (await http.get("/stations/1/clear")).status_code == 405
        assert (await http.get("/other")).status_code == 404


async def test_events_come_at_the_rate_and_stop_after_the_duration(tmp_path: Path) -> None:
    clock = FastClock(200)
    settings = quiet(tmp_path, stations=4, rate=1.0, call_share=0.25, duration=120.0, linger_seconds=20.0)
    async with AkuvoxStations(settings, clock) as stations:
        await asyncio.wait_for(stations.run(asyncio.Event()), 20)
        made = stations.counts["made"]
    assert made == len(read_ledger(tmp_path).rows)
    assert made == pytest.approx(4 * 120, rel=0.1)
    calls = sum(row.log == "call" for row in read_ledger(tmp_path).rows)
    assert calls == pytest.approx(made / 4, rel=0.35)
    relays = {row.relay for row in read_ledger(tmp_path).rows if row.log == "door"}
    assert relays == {1, 2}


async def test_happenings_come_when_they_are_due(tmp_path: Path) -> None:
    clock = FastClock(100)
    happenings = (
        Happening(1, "clear", every=10, values={"log": "door"}),
        Happening(5, "clock", "2", values={"seconds": 60}),
        Happening(3, "event", "one", every=4),
    )
    async with AkuvoxStations(quiet(tmp_path, stations=3, happenings=happenings), clock) as stations:
        await until(lambda: clock.monotonic() > 45, "45 seconds of its clock")
        assert [station.clock_error for station in stations] == [0, 60, 0]
        assert 8 <= stations.counts["made"] <= 12
    happened = read_ledger(tmp_path).happened
    assert 4 * 3 <= sum(what == "clear" for _, _, what, _, _ in happened) <= 5 * 3
    assert len({row.station for row in read_ledger(tmp_path).rows}) > 1
