"""No two punches alike, whatever clocks and restarts do."""

import datetime as dt
import random
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from simulate.fleet.dialect import COLUMNS, Dialect, dialect_of
from simulate.fleet.identity import SITES, Identity, identity
from simulate.fleet.punches import Punch, PunchMaker, normal_pin, pins_of
from simulate.fleet.settings import LONGEST_ROW_BYTES, FleetSettings

TAILS = Dialect("standard", 16, "\r\n", True, "time").tails()


def maker(seed: int, people: int) -> PunchMaker:
    rng = random.Random(seed)
    return PunchMaker(rng, pins_of(rng, people), TAILS)


def key(punch: Punch) -> tuple[str, str]:
    return normal_pin(punch.pin), punch.second


@given(
    seed=st.integers(0, 50),
    people=st.integers(1, 6),
    steps=st.lists(st.tuples(st.integers(-4000, 4000), st.integers(1, 12), st.booleans()), max_size=25),
)
def test_no_two_punches_alike(seed: int, people: int, steps: list[tuple[int, int, bool]]) -> None:
    """The clock jumps to and fro, many punches come in one second, and the terminal restarts now and then."""
    made: list[Punch] = []
    current, second = maker(seed, people), 1_793_000_000
    for jump, count, restart in steps:
        second += jump
        if restart:
            current = maker(seed, people)
            for punch in made:
                current.remember(punch.pin, punch.second)
        made += [current.make(second) for _ in range(count)]
    assert len({key(punch) for punch in made}) == len(made)


def test_the_repeated_hour_repeats_no_punch() -> None:
    berlin = Identity(1, "SIM00000001", SITES[0], "zone")
    start = int(dt.datetime(2026, 10, 25, 2, 0, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
    current = maker(1, 3)
    made = [current.make(berlin.local_second(second)) for second in range(start, start + 7200)]
    assert len({key(punch) for punch in made}) == len(made) == 7200


def test_a_punch_is_at_the_second_of_the_clock_while_people_suffice() -> None:
    current = maker(3, 100)
    made = [current.make(1_793_000_000 + number // 4) for number in range(400)]
    shown = [dt.datetime.fromtimestamp(1_793_000_000 + number // 4, dt.UTC).isoformat()[:19] for number in range(400)]
    assert [punch.second for punch in made] == shown


def test_a_punch_read_back_has_the_same_row() -> None:
    first, second = maker(5, 40), maker(5, 40)
    for number in range(200):
        punch = first.make(1_793_000_000 + number)
        assert second.again(punch.pin, punch.second) == punch


@given(seed=st.integers(), people=st.integers(1, 3000))
def test_people_have_different_pins_and_none_is_nobody(seed: int, people: int) -> None:
    pins = pins_of(random.Random(seed), people)
    normal = {normal_pin(pin) for pin in pins}
    assert len(normal) == people
    assert "" not in normal


def test_pins_come_in_the_shapes_that_devices_have() -> None:
    pins = pins_of(random.Random(1), 500)
    assert any(pin.startswith("0") for pin in pins)
    assert any(pin.endswith(" ") for pin in pins)
    assert any(pin.startswith("wct") for pin in pins)
    assert any(pin.isdecimal() and not pin.startswith("0") for pin in pins)


def test_rows_have_the_columns_of_their_firmware_and_fit() -> None:
    for columns in COLUMNS:
        tails = Dialect("standard", columns, "\n", True, "time").tails()
        assert len(tails) == 64
        rng = random.Random(columns)
        current = PunchMaker(rng, pins_of(rng, 50_000), tails)
        for number in range(300):
            row = current.make(1_793_000_000 + number).row
            assert row.count("\t") == columns - 1
            assert len(row) + len("\r\n") <= LONGEST_ROW_BYTES


def test_sites_and_clocks_are_mixed() -> None:
    fleet = [identity(number) for number in range(1, 51)]
    assert {device.site.zone for device in fleet} == {"Europe/Berlin", "America/New_York", "Asia/Kolkata"}
    assert fleet[8] == Identity(9, "SIM00000009", SITES[2], "fixed:+05:30")
    assert sum(device.clock != "zone" for device in fleet) == 5


def test_a_clock_shows_its_zone_and_a_fixed_one_ignores_summer_time() -> None:
    july = int(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC).timestamp())
    january = int(dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC).timestamp())
    berlin, new_york = SITES[0], SITES[1]
    hours = [
        (Identity(1, "A", site, clock).local_second(at) - at) / 3600
        for site, clock in ((berlin, "zone"), (berlin, "fixed:+01:00"), (new_york, "zone"), (new_york, "fixed:-05:00"))
        for at in (january, july)
    ]
    assert hours == [1, 2, 1, 1, -5, -4, -5, -5]
    assert Identity(1, "A", SITES[2], "zone").local_second(july) - july == 5.5 * 3600


def test_odd_dialects_are_spread_evenly(tmp_path: Path) -> None:
    def variants(share: float) -> list[str]:
        settings = FleetSettings("http://edge", tmp_path, variant_share=share)
        return [dialect_of(settings, number).variant for number in range(1, 51)]

    assert sorted(set(variants(0.2))) == ["aspx", "hostless", "keep-alive", "spaced", "standard", "upper"]
    assert variants(0.2).count("standard") == 40
    assert set(variants(0)) == {"standard"}
    assert "standard" not in variants(1)
