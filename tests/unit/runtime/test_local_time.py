"""Device time to instant (spec/timecards.md B3), against a slow reference that searches for candidates."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime.local_time import (
    AMBIGUOUS_LOCAL_TIME,
    FUTURE_PUNCH,
    NONEXISTENT_LOCAL_TIME,
    PAST_PUNCH,
    Clock,
    ClockError,
    LocalInstant,
    resolve_batch,
)

NEW_YORK = Clock("America/New_York")
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # a fold and a gap of 30 minutes
    "Pacific/Chatham",  # +12:45 and +13:45, transitions at 02:45
    "Asia/Kolkata",
    "America/Sao_Paulo",  # transitions at midnight: a fold that crosses into the day before
    "Africa/Casablanca",  # negative DST
    "UTC",
]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def one(text: str, clock: Clock = NEW_YORK, received: str = "2026-06-01T00:00:00Z") -> LocalInstant | None:
    (instant,) = resolve_batch([text], clock, ms(received))
    return instant


def found(text: str, clock: Clock = NEW_YORK, received: str = "2026-06-01T00:00:00Z") -> LocalInstant:
    instant = one(text, clock, received)
    assert instant is not None
    return instant


@pytest.mark.parametrize(
    "text",
    ["2026-03-01 09:00:00", "2026-03-01T09:00:00", "2026/03/01 09:00:00", " 2026-03-01 09:00:00 ", "1772373600"],
)
def test_readable_forms(text: str) -> None:
    instant = found(text)
    assert instant.local_ms == ms("2026-03-01T09:00:00Z")
    assert instant.utc_ms == ms("2026-03-01T09:00:00-05:00")
    assert instant.offset_s == -18000
    assert instant.flags == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1971--10--29 -23:-27:-54",
        "2026-02-30 09:00:00",
        "2026-13-01 09:00:00",
        "2026-03-01 24:00:00",
        "2026-03-01 09:60:00",
        "2026-03-01 09:00:60",
        "2026-03-01 09:00",
        "2026-03-01 09-00-00",
        "2026-03-01 09:00:00Z",
        "2026-03-01 09:00:00.5",
        "2026-03/01 09:00:00",
        "2026-03-01x09:00:00",
        "2026-03-01 09:+1:00",
        "2026-03-01 09: 1:00",
        "٢٠٢٦-03-01 09:00:00",
        "1969-12-31 23:59:59",
        "2100-01-01 00:00:00",
        "0000-01-01 00:00:00",
        "9999999999",
        "177237360",
    ],
)
def test_unreadable_texts(text: str) -> None:
    resolve_batch(["2026-03-01 09:00:00"], NEW_YORK, 0)  # a cached hour must not let a bad rest through
    assert one(text) is None


def test_an_unreadable_text_keeps_its_place() -> None:
    instants = resolve_batch(["2026-03-01 09:00:00", "x", "2026-03-01 09:00:01"], NEW_YORK, 0)
    assert [instant is None for instant in instants] == [False, True, False]


@pytest.mark.parametrize("text", ["1970-01-01 00:00:00", "2099-12-31 23:59:59"])
def test_first_and_last_year(text: str) -> None:
    assert found(text).local_ms == ms(text + "+00:00")


@pytest.mark.parametrize(
    ("received", "offset_h", "evidence", "flags"),
    [
        ("2025-11-02T05:30:10Z", -4, 2, ()),  # upload in the first pass: the second is still to come
        ("2025-11-02T05:59:00Z", -4, 2, ()),  # half an hour late, still before the second
        ("2025-11-02T06:28:00Z", -5, 2, ()),  # second 120 s after the receipt: possible, and near
        ("2025-11-02T06:27:59Z", -4, 2, ()),  # one second more: not yet
        ("2025-11-02T06:35:00Z", -5, 2, ()),
        ("2025-11-02T06:35:01Z", -4, 0, (AMBIGUOUS_LOCAL_TIME,)),
        ("2025-11-03T00:00:00Z", -4, 0, (AMBIGUOUS_LOCAL_TIME,)),
        ("2025-11-02T05:20:00Z", -4, 0, (AMBIGUOUS_LOCAL_TIME,)),  # both later than the receipt
        ("2025-11-02T05:19:59Z", -4, 0, (AMBIGUOUS_LOCAL_TIME, FUTURE_PUNCH)),
    ],
)
def test_a_repeated_time_by_its_receipt(received: str, offset_h: int, evidence: int, flags: tuple[str, ...]) -> None:
    instant = found("2025-11-02 01:30:00", received=received)
    assert (instant.offset_s, instant.evidence, instant.flags) == (offset_h * 3600, evidence, flags)
    assert instant.utc_ms == instant.local_ms - instant.offset_s * 1000


def offsets(texts: list[str], received: str = "2025-11-03T00:00:00Z", clock: Clock = NEW_YORK) -> list[tuple[int, int]]:
    day = "2025-11-02 "
    instants = resolve_batch([day + text for text in texts], clock, ms(received))
    return [(instant.offset_s // 3600, instant.evidence) for instant in instants if instant is not None]


def test_a_backward_step_parts_the_passes() -> None:
    assert offsets(["00:55:00", "01:40:00", "01:50:00", "01:10:00", "01:55:00", "02:05:00"]) == [
        (-4, 0),
        (-4, 1),
        (-4, 1),
        (-5, 1),
        (-5, 1),
        (-5, 0),
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["01:10:00", "01:40:00"],  # no step
        ["01:40:00", "01:40:00"],
        ["01:40:00", "00:50:00"],  # the second row is not in the repeated time
        ["02:10:00", "01:40:00"],  # nor is the first here
        ["01:40:00", "01:10:00", "01:50:00", "01:20:00"],  # two steps contradict each other
    ],
)
def test_other_orders_prove_nothing(texts: list[str]) -> None:
    repeated = [text for text in texts if text.startswith("01")]
    assert [pair for pair in offsets(texts) if pair == (-4, 0)][: len(repeated)] == [(-4, 0)] * len(repeated)
    instants = resolve_batch(["2025-11-02 " + text for text in repeated], NEW_YORK, ms("2025-11-03T00:00:00Z"))
    assert all(instant and instant.flags == (AMBIGUOUS_LOCAL_TIME,) for instant in instants)


def test_a_step_proves_nothing_when_both_passes_are_still_to_come() -> None:
    assert offsets(["01:40:00", "01:10:00"], received="2025-11-02T05:00:00Z") == [(-4, 0), (-4, 0)]


def test_an_unreadable_row_between_does_not_hide_the_step() -> None:
    assert offsets(["01:40:00", "??", "01:10:00"]) == [(-4, 1), (-5, 1)]


def test_steps_of_another_years_fold_do_not_count() -> None:
    texts = ["2025-11-02 01:40:00", "2024-11-03 01:10:00"]
    instants = resolve_batch(texts, NEW_YORK, ms("2026-01-01T00:00:00Z"))
    assert [instant and instant.flags for instant in instants] == [(AMBIGUOUS_LOCAL_TIME,)] * 2


def test_a_fold_that_crosses_midnight_is_one() -> None:
    # The clocks went back from 00:00 on 18 February 2018 to 23:00 on the 17th.
    clock = Clock("America/Sao_Paulo")
    texts = ["2018-02-17 23:50:00", "2018-02-17 23:05:00"]
    instants = resolve_batch(texts, clock, ms("2018-03-01T00:00:00Z"))
    assert [instant and (instant.offset_s // 3600, instant.evidence) for instant in instants] == [(-2, 1), (-3, 1)]


@pytest.mark.parametrize(
    ("clock", "text", "utc"),
    [
        (NEW_YORK, "2026-03-08 02:30:00", "2026-03-08T07:30:00Z"),
        (Clock("Europe/Berlin"), "2026-03-29 02:00:00", "2026-03-29T01:00:00Z"),
        (Clock("Australia/Lord_Howe"), "2025-10-05 02:15:00", "2025-10-04T15:45:00Z"),
        (Clock("Pacific/Chatham"), "2025-09-28 02:45:00", "2025-09-27T14:00:00Z"),
    ],
)
def test_a_skipped_time_uses_the_offset_before_the_gap(clock: Clock, text: str, utc: str) -> None:
    instant = found(text, clock)
    assert (instant.utc_ms, instant.flags) == (ms(utc), (NONEXISTENT_LOCAL_TIME,))


@pytest.mark.parametrize(
    ("zone", "before", "changed", "flag"),
    [
        ("Pacific/Chatham", "2025-09-28 02:44:59", "2025-09-28 02:45:00", NONEXISTENT_LOCAL_TIME),
        ("Pacific/Chatham", "2026-04-05 02:44:59", "2026-04-05 02:45:00", AMBIGUOUS_LOCAL_TIME),
        ("Australia/Lord_Howe", "2026-04-05 01:29:59", "2026-04-05 01:30:00", AMBIGUOUS_LOCAL_TIME),
    ],
)
def test_an_hour_that_changes_midway_is_not_taken_from_the_cache(
    zone: str, before: str, changed: str, flag: str
) -> None:
    instants = resolve_batch([before, changed, before], Clock(zone), ms("2026-06-01T00:00:00Z"))
    assert [instant and instant.flags for instant in instants] == [(), (flag,), ()]


@pytest.mark.parametrize(
    ("received", "evidence", "flags"),
    [
        ("2026-03-01T14:00:00Z", 2, ()),
        ("2026-03-01T14:05:00Z", 2, ()),
        ("2026-03-01T14:05:01Z", 0, ()),
        ("2026-03-01T13:55:00Z", 2, ()),
        ("2026-03-01T13:54:59Z", 0, ()),
        ("2026-03-01T13:50:00Z", 0, ()),
        ("2026-03-01T13:49:59.999Z", 0, (FUTURE_PUNCH,)),
    ],
)
def test_real_time_and_future(received: str, evidence: int, flags: tuple[str, ...]) -> None:
    for _ in range(2):  # the second time from the cache
        instant = found("2026-03-01 09:00:00", received=received)
        assert (instant.evidence, instant.flags) == (evidence, flags)


def test_past() -> None:
    for _ in range(2):
        assert found("2014-12-31 23:59:59").flags == (PAST_PUNCH,)
        assert found("2015-01-01 00:00:00").flags == ()
    assert found("1970-01-01 00:00:00", received="1960-01-01T00:00:00Z").flags == (FUTURE_PUNCH, PAST_PUNCH)


def test_a_fixed_clock_knows_no_transition() -> None:
    clock = Clock.parse("America/New_York", "fixed:-05:00")
    for text in ("2025-11-02 01:30:00", "2026-03-08 02:30:00", "2025-07-01 12:00:00"):
        instant = found(text, clock)
        assert (instant.offset_s, instant.flags) == (-18000, ())


def test_an_epoch_in_a_repeated_hour_is_not_ambiguous() -> None:
    second = ms("2025-11-02T06:30:00Z") // 1000
    instant = found(str(second))
    assert instant == LocalInstant(ms("2025-11-02T01:30:00Z"), second * 1000, -18000, 2, ())
    assert found(str(second), Clock("UTC", 19800)).offset_s == 19800


@pytest.mark.parametrize(
    ("mode", "offset"), [("zone", None), ("fixed:+05:30", 19800), ("fixed:-03:30", -12600), ("fixed:+00:00", 0)]
)
def test_clock_modes(mode: str, offset: int | None) -> None:
    assert Clock.parse("Asia/Kolkata", mode) == Clock("Asia/Kolkata", offset)


@pytest.mark.parametrize(
    ("zone", "mode", "message"),
    [
        ("Mars/Olympus", "zone", "Mars/Olympus"),
        ("", "zone", "IANA"),
        ("Europe", "zone", "Europe"),
        ("../etc/passwd", "zone", "IANA"),
        ("UTC", "", "clock mode"),
        ("UTC", "fixed", "clock mode"),
        ("UTC", "fixed:5", "clock mode"),
        ("UTC", "fixed:+05:75", "clock mode"),
        ("UTC", "fixed:+14:15", "14 hours"),
    ],
)
def test_a_clock_that_cannot_be_is_refused(zone: str, mode: str, message: str) -> None:
    with pytest.raises(ClockError, match=message):
        Clock.parse(zone, mode)


@given(st.lists(st.text(max_size=22), max_size=4), st.sampled_from(ZONES))
def test_nothing_raises(texts: list[str], zone: str) -> None:
    assert len(resolve_batch(texts, Clock(zone), 0)) == len(texts)


# --- The reference: candidates by looking at every minute's offset, the rules of B3.3 word by word. ---

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_of(utc_s: int, zone: ZoneInfo) -> int:
    shown = datetime.fromtimestamp(utc_s, tz=zone)
    return int((shown.replace(tzinfo=UTC) - EPOCH).total_seconds())


def candidates(local_s: int, zone: ZoneInfo) -> list[int]:
    """All instants whose local time is this one; offsets are whole minutes in the years tested."""
    return [utc_s for utc_s in range(local_s - 15 * 3600, local_s + 15 * 3600, 60) if local_of(utc_s, zone) == local_s]


def before_gap(local_s: int, zone: ZoneInfo) -> int:
    last = max(
        utc_s for utc_s in range(local_s - 18 * 3600, local_s + 18 * 3600, 60) if local_of(utc_s, zone) < local_s
    )
    return local_s - (local_of(last, zone) - last)


def reference(locals_s: list[int], zone: ZoneInfo, received_s: int) -> list[tuple[int, int, set[str]]]:
    """(instant, evidence, flags) of each local time; the batch holds at most one fold."""
    all_candidates = [candidates(local_s, zone) for local_s in locals_s]
    repeated = [i for i, found_ in enumerate(all_candidates) if len(found_) == 2]
    steps = [b for a, b in pairwise(repeated) if locals_s[b] < locals_s[a]]
    result = []
    for i, local_s in enumerate(locals_s):
        flags = set()
        evidence = -1
        possible = [u for u in all_candidates[i] if u <= received_s + 120]
        near = [u for u in possible if abs(u - received_s) <= 300]
        if not all_candidates[i]:
            utc_s = before_gap(local_s, zone)
            flags.add(NONEXISTENT_LOCAL_TIME)
        elif len(all_candidates[i]) == 1:
            (utc_s,) = all_candidates[i]
        elif len(possible) == 1:
            utc_s, evidence = possible[0], 2
        elif len(near) == 1:
            utc_s, evidence = near[0], 2
        elif possible and len(steps) == 1:
            utc_s, evidence = all_candidates[i][i >= steps[0]], 1
        else:
            utc_s, evidence = all_candidates[i][0], 0
            flags.add(AMBIGUOUS_LOCAL_TIME)
        if evidence < 0:
            evidence = 2 if abs(utc_s - received_s) <= 300 else 0
        if utc_s > received_s + 600:
            flags.add(FUTURE_PUNCH)
        if local_s < 1420070400:
            flags.add(PAST_PUNCH)
        result.append((utc_s, evidence, flags))
    return result


# One spring and one autumn transition (UTC) of each zone that has them.
TRANSITIONS = {
    "America/New_York": ["2026-03-08T07:00:00Z", "2025-11-02T06:00:00Z"],
    "Europe/Berlin": ["2026-03-29T01:00:00Z", "2025-10-26T01:00:00Z"],
    "Australia/Lord_Howe": ["2025-10-04T15:30:00Z", "2026-04-04T15:00:00Z"],
    "Pacific/Chatham": ["2025-09-27T14:00:00Z", "2026-04-04T14:00:00Z"],
    "America/Sao_Paulo": ["2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z"],
    "Africa/Casablanca": ["2025-02-23T02:00:00Z", "2025-04-06T02:00:00Z"],
    "Asia/Kolkata": ["2026-01-01T00:00:00Z"],
    "UTC": ["2015-01-01T00:00:00Z"],
}
CASES = [(zone, ms(at) // 1000) for zone, moments in TRANSITIONS.items() for at in moments]


@given(
    case=st.sampled_from(CASES),
    deltas=st.lists(st.integers(-7200, 7200), min_size=1, max_size=4),
    receipt=st.one_of(st.integers(-7200, 7200), st.sampled_from([-90000, 90000])),
)
@example(case=CASES[1], deltas=[600, -600], receipt=90000)
@example(case=CASES[5], deltas=[-1200, -1500], receipt=90000)
def test_like_the_reference_around_transitions(case: tuple[str, int], deltas: list[int], receipt: int) -> None:
    name, transition_s = case
    zone = ZoneInfo(name)
    around = local_of(transition_s, zone)
    locals_s = [around + delta for delta in deltas]
    received_s = transition_s + receipt
    texts = [f"{EPOCH + timedelta(seconds=local_s):%Y-%m-%d %H:%M:%S}" for local_s in locals_s]
    expected = reference(locals_s, zone, received_s)
    for _ in range(2):  # the second time plain hours come from the cache
        instants = resolve_batch(texts, Clock(name), received_s * 1000)
        assert [i and (i.utc_ms // 1000, i.evidence, set(i.flags)) for i in instants] == expected
        assert [i and i.local_ms // 1000 for i in instants] == locals_s
        assert all(i and i.utc_ms == i.local_ms - i.offset_s * 1000 for i in instants)


@given(
    name=st.sampled_from(ZONES),
    local_s=st.integers(ms("1980-01-01T00:00:00Z") // 1000, ms("2099-12-31T23:59:59Z") // 1000),
)
def test_like_the_reference_at_any_time(name: str, local_s: int) -> None:
    text = f"{EPOCH + timedelta(seconds=local_s):%Y-%m-%d %H:%M:%S}"
    received_s = local_s + 40 * 3600
    ((utc_s, evidence, flags),) = reference([local_s], ZoneInfo(name), received_s)
    instant = resolve_batch([text], Clock(name), received_s * 1000)[0]
    assert instant is not None
    assert (instant.utc_ms, instant.evidence, set(instant.flags)) == (utc_s * 1000, evidence, flags)
