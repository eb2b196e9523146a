"""When a terminal has surely told everything: never while something may still come, and never backwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.quiet import QuietTerminals
from schemas.devices import DeviceState, DeviceStatus

QUIET_MS, MARGIN_MS = 60_000, 900_000
STEP_MS = 60_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
T0 = 1_772_355_600_000


def state(**facts: int | None) -> DeviceState:
    return DeviceState(
        device="A", rank=1, tenant="demo", site="", status=DeviceStatus.ONLINE, status_since=T0, updated_at=T0,
        first_seen=T0, last_seen=T0, **facts,  # type: ignore[arg-type]  # fields that hold times
    )  # fmt: skip


@dataclass
class Clock:
    """One terminal, and seconds since T0."""

    terminals: QuietTerminals = field(
        default_factory=lambda: QuietTerminals(quiet_ms=QUIET_MS, margin_ms=MARGIN_MS, step_ms=STEP_MS, max_devices=2)
    )
    serial: str = "A"

    def handshake(self, second: float, *, live: bool = True) -> None:
        self.terminals.handshake(self.serial, T0 + round(second * SECOND), live=live)

    def upload(self, second: float) -> None:
        self.begin(second)
        self.terminals.answered(self.serial, T0 + round(second * SECOND))

    def begin(self, second: float) -> None:
        self.terminals.upload(self.serial, T0 + round(second * SECOND))

    def poll(
        self, second: float, *, idle: bool = True, live: bool = True, count: int | None = None,
        state: DeviceState | None = None,
    ) -> int | None:  # fmt: skip
        """The seconds since T0 that the watermark stands at."""
        at = T0 + round(second * SECOND)
        told = self.terminals.poll(self.serial, at, idle=idle, live=live, count=count, state=state)
        return None if told is None else (told - T0) // SECOND


def test_the_second_idle_poll_after_a_quiet_minute() -> None:
    clock = Clock()
    clock.handshake(0)
    assert [clock.poll(second) for second in (10, 20, 30, 40, 50, 59.999)] == [None] * 6
    assert clock.poll(60) == 60 - 900


def test_an_upload_begins_it_anew_however_long_the_polls_are_apart() -> None:
    clock = Clock()
    clock.handshake(0)
    clock.upload(100)
    assert clock.poll(170) is None, "a first idle poll may come between two bodies of a backlog"
    assert clock.poll(180) == 180 - 900
    clock.upload(240)
    assert [clock.poll(second) for second in (241, 250, 299)] == [None] * 3
    assert clock.poll(300) == 300 - 900


def test_nothing_is_told_while_an_upload_has_no_answer() -> None:
    clock = Clock()
    clock.handshake(0)
    clock.begin(10)
    assert [clock.poll(second) for second in (80, 90, 100)] == [None] * 3
    clock.begin(101)  # the same once more: the device gave up on the first one
    clock.terminals.answered("A", T0 + 102 * SECOND)
    assert [clock.poll(170), clock.poll(180)] == [None, None]
    clock.terminals.answered("A", T0 + 190 * SECOND)
    assert [clock.poll(249), clock.poll(250)] == [None, 250 - 900]


def test_a_handshake_begins_it_anew() -> None:
    clock = Clock()
    clock.handshake(0)
    assert [clock.poll(50), clock.poll(70)] == [None, 70 - 900]
    clock.handshake(140)
    assert [clock.poll(150), clock.poll(199)] == [None, None]
    assert clock.poll(200) == 200 - 900


def test_a_poll_that_got_commands_is_not_idle_and_a_poll_of_before_the_upload_does_not_count() -> None:
    clock = Clock()
    clock.handshake(0)
    assert [clock.poll(61, idle=False), clock.poll(62, idle=False), clock.poll(63)] == [None] * 3
    assert clock.poll(64) == 64 - 900
    clock.upload(130)
    assert clock.poll(129) is None, "it came while the upload was under way"
    assert [clock.poll(191), clock.poll(192)] == [None, 192 - 900]


def test_at_most_one_in_a_minute() -> None:
    clock = Clock()
    clock.handshake(0)
    told = [second for second in range(1, 301) if clock.poll(second) is not None]
    assert told == [60, 120, 180, 240, 300]


def test_first_heard_of_is_as_good_as_a_handshake_and_then_the_registry_tells_the_mode() -> None:
    clock = Clock()
    assert [clock.poll(second) for second in (0, 30, 59)] == [None] * 3
    assert clock.poll(60, live=False) is None
    assert clock.poll(61) == 61 - 900


def test_interval_mode_proves_nothing_and_what_it_was_told_goes_before_what_it_would_be_told() -> None:
    clock = Clock()
    clock.handshake(0, live=False)
    assert [clock.poll(second, live=True) for second in (60, 70, 3600)] == [None] * 3
    clock.handshake(4000, live=True)
    assert [clock.poll(second, live=False) for second in (4050, 4060)] == [None, 4060 - 900]


def test_what_it_does_at_other_edges_counts() -> None:
    clock = Clock()
    clock.handshake(0)
    assert clock.poll(50) is None
    elsewhere = state(last_upload=T0 + 40 * SECOND)
    assert clock.poll(60, state=elsewhere) is None
    assert clock.poll(100, state=elsewhere) == 100 - 900
    later = state(last_handshake=T0 + 150 * SECOND)
    assert clock.poll(160, state=later, live=False) is None
    assert clock.poll(220, state=later, live=False) is None, "told there, and the registry says: at intervals"
    assert clock.poll(221, state=later) == 221 - 900


def test_its_own_uploads_coming_back_as_state_change_nothing() -> None:
    clock = Clock()
    clock.handshake(0)
    clock.upload(5)
    echo = state(last_handshake=T0, last_upload=T0 + 5 * SECOND)
    assert [clock.poll(50, state=echo), clock.poll(65, state=echo)] == [None, 65 - 900]


def test_a_count_that_rose_without_an_upload_means_that_something_is_pending() -> None:
    clock = Clock()
    clock.upload(0)
    assert clock.poll(10, count=100) is None
    assert clock.poll(60, count=100) == 60 - 900
    assert [clock.poll(second, count=101) for second in (120, 130, 3000)] == [None] * 3
    assert clock.poll(3001) is None, "most polls have no count"
    clock.upload(3010)
    assert [clock.poll(3060), clock.poll(3070, count=101)] == [None, 3070 - 900]


@pytest.mark.parametrize("count", [-1, 99, 0])
def test_counts_that_fall_or_are_none_say_nothing(count: int) -> None:
    clock = Clock()
    clock.upload(0)
    clock.poll(10, count=100)
    assert clock.poll(60, count=count) == 60 - 900


def test_a_count_may_lag_behind_the_upload() -> None:
    clock = Clock()
    clock.handshake(0)
    clock.poll(1, count=100)
    clock.upload(10)
    assert clock.poll(11, count=100) is None
    assert clock.poll(70, count=101) == 70 - 900


def test_it_never_goes_back_also_when_another_edge_told_more_or_it_was_forgotten() -> None:
    clock = Clock()
    clock.handshake(0)
    ahead = state(watermark=T0 - 800 * SECOND)
    assert [clock.poll(second, state=ahead) for second in (50, 60, 159)] == [None] * 3
    assert clock.poll(160, state=ahead) == 160 - 900


def test_a_full_table_takes_a_new_one_only_for_one_that_is_long_gone() -> None:
    clock = Clock()
    clock.handshake(0)
    for serial in ("B", "C"):
        clock.serial = serial
        clock.handshake(1)
    assert [clock.poll(70), clock.poll(80)] == [None, None], "not watched"
    assert len(clock.terminals) == 2
    clock.serial = "B"
    clock.poll(100)
    clock.serial = "C"
    assert clock.poll(2 * 3600) is None
    assert len(clock.terminals) == 2
    assert clock.poll(2 * 3600 + 60) == 2 * 3600 + 60 - 900
    clock.serial = "B"
    assert clock.poll(2 * 3600 + 60) is not None, "A went, B stayed"


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"), st.sampled_from(["idle", "idle", "idle", "busy", "upload", "handshake"]),
            st.integers(-5_000, 90_000),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_every_watermark_has_its_proof(steps: list[tuple[str, str, int]]) -> None:
    """Straight from DESIGN 5, over the whole history; clocks may step back a little."""
    terminals = QuietTerminals(quiet_ms=QUIET_MS, margin_ms=MARGIN_MS, step_ms=STEP_MS)
    now, history, told = T0, [], {"A": 0, "B": 0}
    for serial, what, pause in steps:
        now += pause
        history.append((serial, what, now))
        if what == "upload":
            terminals.upload(serial, now)
            terminals.answered(serial, now)
        elif what == "handshake":
            terminals.handshake(serial, now, live=True)
        else:
            watermark = terminals.poll(serial, now, idle=what == "idle", live=True, count=None, state=None)
            if watermark is None:
                continue
            own = [(kind, at) for one, kind, at in history if one == serial]
            last = max((n for n, (kind, _) in enumerate(own) if kind in ("upload", "handshake")), default=-1)
            assert sum(kind == "idle" for kind, _ in own[last + 1 :]) >= 2
            assert all(now - at >= QUIET_MS for kind, at in own if kind in ("upload", "handshake"))
            assert now - own[0][1] >= QUIET_MS
            assert what == "idle"
            assert watermark == now - MARGIN_MS
            assert watermark >= told[serial] + STEP_MS
            told[serial] = watermark
