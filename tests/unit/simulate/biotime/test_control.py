"""The control port, punches taken in, life, scenarios, and following a fleet."""

from pathlib import Path

import pytest

from simulate.biotime.control import Control
from simulate.biotime.errors import FatalError
from simulate.biotime.feed import Feed
from simulate.biotime.ledger import read_ledger
from simulate.biotime.scenario import make_settings
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Trouble
from simulate.fleet.ledger import LedgerWriter
from simulate.fleet.punches import Punch
from tests.unit.simulate.biotime.servers import TRANSACTIONS, running
from tests.unit.simulate.clocks import FrozenClock, until

_PUNCH = {"serial": "SIM00000001", "pin": "42", "local_time": "2026-10-25T01:30:00", "state": "0", "verify": 15}


async def test_a_punch_taken_in_carries_the_servers_edits(tmp_path: Path) -> None:
    async with running(tmp_path, dialect="biotimecloud", code_width=6, upload_zone="Europe/Berlin") as caller:
        await caller.control("PATCH", "faults", {"state_map": {"0": "255"}})
        (row_id,) = (await caller.control("POST", "punches", [_PUNCH]))["ids"]
        assert (await caller.control("POST", "punches", [_PUNCH]))["ids"] == [row_id]
        (row,) = (await caller.get(TRANSACTIONS))["data"]
        assert (row["emp_code"], row["punch_state"], row["verify_type"]) == ("000042", "255", 15)
        assert (row["terminal_sn"], row["terminal_alias"]) == ("SIM00000001", "Auto add")
        assert row["punch_time"] == "2026-10-25 01:30:00"
        assert row["emp"] == caller.server.world.people.by_code["000042"]["id"]


async def test_the_control_port_steers_and_tells(tmp_path: Path) -> None:
    async with running(tmp_path, preload=20) as caller:
        assert (await caller.control("POST", "make", {"count": 2}))["ids"] == [21, 22]
        assert (await caller.control("POST", "delete", {"ids": [1]}))["ids"] == [1]
        assert len((await caller.control("POST", "delete", {"random": 2}))["ids"]) == 2
        assert (await caller.control("POST", "edit", {"ids": [22], "state": "4"}))["ids"] == [22]
        assert (await caller.control("POST", "restore", {"rows_lost": 1})) == {"epoch": 2}
        await caller.control("POST", "troubles", [{"kind": "status", "times": 1}, {"kind": "html", "share": 0.5}])
        assert [one["left"] for one in await caller.control("GET", "troubles")] == [1, None]
        await caller.control("DELETE", "troubles")
        await caller.control("PATCH", "life", {"late_share": 0.5})
        await caller.control("POST", "terminals/BTS0001000001", {"offline": True})
        assert (await caller.control("GET", "terminals"))[0]["offline"] is True
        status = await caller.control("GET", "status")
        assert (status["rows"], status["epoch"], status["deleted"], status["edited"]) == (18, 2, 3, 1)
        assert (status["life"]["late_share"], status["troubles"], status["logins"]) == (0.5, [], 1)
        await caller.control("POST", "expire")
        assert (await caller.call("GET", TRANSACTIONS))[0] == 401
        assert await caller.control("GET", "messages") == {}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "faults", {"next_url": "nowhere"}),
        ("PATCH", "faults", {"nothing": 1}),
        ("PATCH", "life", {"rate": 1000}),
        ("PATCH", "life", {"late_share": 2}),
        ("POST", "troubles", {"kind": "what"}),
        ("POST", "punches", [{"serial": "T"}]),
        ("POST", "punches", [{**_PUNCH, "local_time": "soon"}]),
        ("POST", "punches", [{**_PUNCH, "state": "in"}]),
        ("POST", "make", {"counts": 1}),
        ("POST", "delete", {}),
        ("POST", "edit", {"ids": [1], "state": 999}),
        ("POST", "restore", {"rows_lost": -1}),
        ("POST", "terminals/NOBODY", {"offline": True}),
        ("POST", "manual_logs/1", {"audit_status": 2}),
        ("POST", "manual_logs/1", {"audit_status": 9}),
    ],
)
async def test_wrong_values_change_nothing(tmp_path: Path, method: str, path: str, body: object) -> None:
    async with running(tmp_path, preload=1) as caller:
        before = caller.server.control.status()
        async with caller.session.request(
            method, f"{caller.server.control_url}/_simulator/{path}", json=body
        ) as answer:
            assert answer.status == 400
            assert "error" in await answer.json()
        assert caller.server.control.status() == before


async def test_life_goes_on_by_its_rates(tmp_path: Path) -> None:
    async with running(tmp_path, FrozenClock(), preload=100) as caller:
        world, control = caller.server.world, caller.server.control
        control.set_life(
            rate=50, late_share=0.1, hidden_share=0.1, deletions=1, edits=1, mobile_punches=2, manual_logs=2
        )
        feed = Feed(world, world.clock)
        for _ in range(100):
            feed.advance(0.1)
        status = control.status()
        assert status["arrived"] >= 500 + 20
        assert (status["deleted"], status["edited"]) == (10, 10)
        assert status["hidden"] > 20
        assert len(world.manual_logs.rows) == 20
        ledger = read_ledger(tmp_path)
        assert len(ledger.living) == status["rows"]
        late = [row for row in ledger.rows.values() if row.source == "1" and row.punch_time < row.upload_time[:10]]
        assert len(late) > 20
        control.set_life(restores=1, restore_rows=10)
        feed.advance(1.0)
        assert control.status()["epoch"] == 2


async def test_the_same_seed_makes_the_same_rows(tmp_path: Path) -> None:
    texts = []
    for seed, folder in ((1, "a"), (1, "b"), (2, "c")):
        async with running(tmp_path / folder, FrozenClock(), preload=50, seed=seed, serials=("T1", "T2")) as caller:
            caller.server.control.make(20, late_days=3)
            texts.append((tmp_path / folder / "ledger.tsv").read_text())
    assert texts[0] == texts[1] != texts[2]


async def test_punches_are_never_twice_in_a_second(tmp_path: Path) -> None:
    async with running(tmp_path, FrozenClock(), preload=2000, employees=3, terminals=1) as caller:
        caller.server.control.make(300)
        caller.server.control.make(300, late_days=0.05)
        rows = read_ledger(tmp_path).rows
        assert len(rows) == 2600 == len({(row.serial, row.emp_code, row.punch_time) for row in rows.values()})


async def test_a_rate_makes_punches(tmp_path: Path) -> None:
    async with running(tmp_path, rate=100.0) as caller:
        await until(lambda: caller.server.control.status()["rows"] >= 20, "punches are made")


async def test_nobody_punches_at_a_terminal_that_is_somebody_elses(tmp_path: Path) -> None:
    async with running(tmp_path, terminals=1) as caller:
        control: Control = caller.server.control
        control.punches([{"serial": "FLEET1", "pin": "7", "local_time": "2026-03-01 09:00:00"}])
        control.make(50)
        rows = read_ledger(tmp_path).rows.values()
        assert sum(row.serial == "FLEET1" for row in rows) == 1


async def test_a_fleets_punches_are_shown_here_too(tmp_path: Path) -> None:
    fleet = LedgerWriter(tmp_path / "fleet")
    fleet.acked("SIM1", [Punch("7", "2026-11-21T09:00:00", "")], 1)
    fleet.acked("SIM2", [Punch("7", "2026-11-21T09:00:00", "")], 1)
    fleet.flush()
    async with running(tmp_path / "own", follow=tmp_path / "fleet", follow_serials=("SIM1",)) as caller:
        control: Control = caller.server.control
        await until(lambda: control.status()["rows"] == 1, "the first punch is here")
        fleet.acked("SIM1", [Punch("8", "2026-11-21T09:00:01", "")], 1)
        fleet.flush()
        await until(lambda: control.status()["rows"] == 2, "the second punch is here")
        rows = (await caller.get(TRANSACTIONS))["data"]
        assert [(row["terminal_sn"], row["emp_code"], row["punch_time"]) for row in rows] == [
            ("SIM1", "7", "2026-11-21 09:00:00"),
            ("SIM1", "8", "2026-11-21 09:00:01"),
        ]
    fleet.acked("SIM1", [Punch("9", "2026-11-21T09:00:02", "")], 1)
    fleet.flush()
    async with running(tmp_path / "own", follow=tmp_path / "fleet", follow_serials=("SIM1",)) as caller:
        await until(lambda: caller.server.control.status()["rows"] == 3, "only the third one is new")
        assert await caller.ids() == [1, 2, 3]
    fleet.close()


def test_a_scenario_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[server]\nterminals = 7\nserials = ["A"]\n[life]\nlate_share = 0.5\n[faults]\nnext_url = "relative"\n'
        '[faults.state_map]\n0 = "255"\n[[troubles]]\nkind = "status"\nshare = 0.1\nburst = 3\n'
    )
    settings = make_settings(file, {"port": 5}, {"ledger": tmp_path, "terminals": 1})
    assert (settings.terminals, settings.serials, settings.port, settings.life.late_share) == (7, ("A",), 5, 0.5)
    assert settings.faults.state_map == {"0": "255"}
    assert settings.troubles == (Trouble("status", share=0.1, burst=3),)
    for text, named in (
        ("[server]\nx = 1\n", r"\[server\] \['x'\]"),
        ("[faults]\npage_cap = -1\n", "page_cap"),
        ("[[troubles]]\nkind = 'odd'\n", "kind"),
        ("[server]\nport = 'x'\n", "port"),
        ("what", "TOML"),
        ("troubles = 3\n", "troubles"),
    ):
        file.write_text(text)
        with pytest.raises(FatalError, match=named):
            make_settings(file, {}, {"ledger": tmp_path})


def test_the_scenario_of_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[4] / "docs" / "simulate.md").read_text()
    file = tmp_path / "s.toml"
    file.write_text(text.partition("any number of `[[troubles]]`:\n\n```toml\n")[2].partition("```")[0])
    settings = make_settings(file, {}, {"ledger": tmp_path})
    assert (settings.terminals, settings.faults.next_url, settings.troubles[0].burst) == (20, "wrong_host", 5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialect": "x"},
        {"version": "7"},
        {"zone": "Nowhere/Else"},
        {"upload_zone": "x"},
        {"port": 70_000},
        {"terminals": 0},
        {"serials": ("A", "A")},
        {"employees": 0},
        {"preload": 10**9},
        {"rate": 1000.0},
        {"duration": 0.0},
        {"token_seconds": 0.0},
        {"page_size": 0},
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(FatalError, match="simulate biotime: "):
        BioTimeSettings(ledger=tmp_path, **wrong)  # type: ignore[arg-type]  # wrong on purpose
