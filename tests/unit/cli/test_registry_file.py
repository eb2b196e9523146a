"""Registry files: every mistake with its line, all at once; and there and back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.registry_file import parse_registry, registry_yaml
from cli.registry_histories import parse_time, time_text
from schemas.registry import (
    AckProfile,
    Admission,
    DeviceCharset,
    DevicePeriod,
    DeviceRecord,
    HandshakeOptions,
    Link,
    Record,
    SitePeriod,
    SiteRecord,
)

BERLIN = SiteRecord("berlin", (SitePeriod(name="Berlin plant", zone="Europe/Berlin"),))
HEAD = "sites: [{id: berlin, name: Berlin plant, zone: Europe/Berlin}]\n"
CSV_HEAD = "serial,site,zone,clock,tenant,ack_profile,valid_from,valid_to\n"
JANUARY = 1_767_225_600_000  # 2026-01-01T00:00:00Z, by `date -d 2026-01-01T00:00Z +%s`


def records(text: str, name: str = "r.yaml", known: Mapping[str, SiteRecord] | None = None) -> list[Record]:
    found, problems = parse_registry([(name, text)], known or {})
    assert [str(problem) for problem in problems] == []
    return found


def problems(text: str, name: str = "r.yaml", known: Mapping[str, SiteRecord] | None = None) -> list[tuple[int, str]]:
    found, wrong = parse_registry([(name, text)], known or {})
    assert found == []
    return [(problem.line, problem.message) for problem in wrong]


def test_the_documented_form() -> None:
    text = """\
sites:
  - {id: berlin, name: Berlin plant, zone: Europe/Berlin}
devices:
  - {serial: SIM00000001, site: berlin, zone: Europe/Berlin, clock: zone, tenant: demo, ack_profile: count, \
valid_from: 2026-01-01T00:00:00+00:00, valid_to: null}
"""
    device = DevicePeriod(JANUARY, None, "berlin", "demo", "Europe/Berlin", "zone", "count")
    assert records(text) == [BERLIN, DeviceRecord("SIM00000001", (device,))]


def test_csv_of_devices_and_of_sites() -> None:
    found, wrong = parse_registry(
        [
            ("devices.csv", CSV_HEAD + "sim1,berlin,,fixed:+01:00,demo,plain,2026-01-01T01:00:00+01:00,\r\n\r\n"),
            ("sites.csv", '\ufeffid,name,zone\nberlin,"Berlin plant",Europe/Berlin\n'),
        ],
        {},
    )
    assert wrong == []
    device = DevicePeriod(JANUARY, None, "berlin", "demo", "Europe/Berlin", "fixed:+01:00", "plain")
    assert found == [BERLIN, DeviceRecord("SIM1", (device,))]


def test_values_are_the_text_that_stands_there() -> None:
    (_site, device) = records(HEAD + "devices: [{serial: 0012, site: berlin, tenant: no}]")
    assert device == DeviceRecord("0012", (DevicePeriod(site="berlin", tenant="no", zone="Europe/Berlin"),))


def test_defaults_hold_wherever_they_stand_and_a_row_wins() -> None:
    text = HEAD + (
        "devices: [{serial: A}, {serial: B, tenant: other, clock: zone}]\n"
        "defaults: {site: berlin, tenant: demo, clock: 'fixed:-03:30', ack_profile: plain}\n"
    )
    one = DevicePeriod(None, None, "berlin", "demo", "Europe/Berlin", "fixed:-03:30", "plain")
    other = DevicePeriod(None, None, "berlin", "other", "Europe/Berlin", "zone", "plain")
    assert records(text)[1:] == [DeviceRecord("A", (one,)), DeviceRecord("B", (other,))]


def test_a_site_of_the_registry_is_known() -> None:
    text = "devices: [{serial: A, site: berlin, tenant: demo}]"
    (device,) = records(text, known={"berlin": BERLIN})
    assert isinstance(device, DeviceRecord)
    assert device.periods[0].zone == "Europe/Berlin"


def test_a_serial_may_stand_several_times() -> None:
    text = HEAD + (
        "devices:\n"
        "- {serial: a, site: berlin, tenant: demo, valid_from: 2026-01-01T00:00Z}\n"
        "- {serial: A, site: berlin, tenant: demo, zone: Asia/Kolkata, valid_to: 2026-01-01T01:00+01:00}\n"
    )
    (_site, device) = records(text)
    assert [(p.valid_from, p.valid_to, p.zone) for p in device.periods if isinstance(p, DevicePeriod)] == [
        (None, JANUARY, "Asia/Kolkata"),
        (JANUARY, None, "Europe/Berlin"),
    ]


def test_a_site_with_several_zones_gives_none() -> None:
    text = (
        "sites:\n"
        "- {id: s, zone: Europe/Berlin, valid_to: 2026-01-01T00:00Z}\n"
        "- {id: s, zone: Europe/Paris, valid_from: 2026-01-01T00:00Z}\n"
        "devices: [{serial: A, site: s, tenant: demo}]\n"
    )
    assert problems(text) == [(4, "zone is missing, and site s has had several: Europe/Berlin, Europe/Paris")]


def test_lists_maps_and_options_in_both_forms() -> None:
    wanted = DevicePeriod(
        site="berlin", tenant="demo", zone="Europe/Berlin", tags=("gate", "canteen"), link="gprs", charset="gb18030",
        options=HandshakeOptions(delay_s=10, trans_times=("00:00", "14:05"), trans_words=(), realtime=False),
        verify_map={"16": 1}, state_map={"255": 0, "4": 5}, transaction_capacity=100_000, replaces="OLD1",
    )  # fmt: skip
    yaml = (
        HEAD
        + """\
devices:
- serial: A
  site: berlin
  tenant: demo
  tags: [gate, canteen]
  link: gprs
  charset: gb18030
  transaction_capacity: 100000
  replaces: old1
  verify_map: {16: 1}
  state_map: {255: 0, 4: 5}
  options: {delay_s: 10, trans_times: ["00:00", "14:05"], trans_words: [], realtime: false}
"""
    )
    csv = (
        "serial,site,tenant,tags,link,charset,transaction_capacity,replaces,verify_map,state_map,"
        "options.delay_s,options.trans_times,options.trans_words,options.realtime\n"
        "A,berlin,demo,gate;canteen,gprs,gb18030,100000,OLD1,16=1,255=0;4=5,10,00:00;14:05,;,false\n"
    )
    assert records(yaml)[1] == DeviceRecord("A", (wanted,))
    assert records(csv, "r.csv", {"berlin": BERLIN}) == [DeviceRecord("A", (wanted,))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{delay_s: -1}", "options.delay_s '-1' is no whole number from 0"),
        ("{realtime: 1}", "options.realtime '1' is neither true nor false"),
        ("{time_zone_form: hours}", "options.time_zone_form 'hours' is none of integer, hh_mm"),
        ("{trans_times: ['25:00']}", "TransTimes: '25:00' is not hh:mm"),
        ("{trans_words: [AttLog, Everything]}", "TransFlag: 'Everything' is not one of"),
        ("{colour: red}", "unknown key 'colour' in options of a device"),
        ("fast", "options of a device is a mapping"),
        ("{delay_s: [1]}", "options.delay_s of a device is one value"),
    ],
)
def test_a_mistake_in_handshake_options_is_named(options: str, message: str) -> None:
    ((line, found),) = problems(HEAD + f"devices:\n- {{serial: A, site: berlin, tenant: demo, options: {options}}}\n")
    assert line == 3
    assert message in found


def test_what_is_kept_out_by_name_need_not_be_anywhere() -> None:
    (device,) = records("devices: [{serial: A, tenant: demo, admission: refuse}]")
    assert device == DeviceRecord("A", (DevicePeriod(tenant="demo", admission="refuse"),))


@pytest.mark.parametrize("text", ["", "{}", "sites:\ndevices:\n", "# nothing\n"])
def test_a_file_may_be_empty(text: str) -> None:
    assert records(text) == []


GOOD = {"serial": "A", "site": "berlin", "tenant": "demo"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"serial": "A/B"}, "serial 'A/B' is not made of"),
        ({"serial": "A" * 33}, "is not made of 1 to 32"),
        ({"serial": None}, "serial is missing"),
        ({"site": "nowhere"}, "unknown site 'nowhere'"),
        ({"site": None}, "site is missing"),
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus' is no IANA time zone"),
        ({"clock": "summer"}, "clock mode 'summer' is neither"),
        ({"clock": "fixed:1"}, "clock mode 'fixed:1' is neither"),
        ({"clock": "fixed:+15:00"}, "no place is more than 14 hours off"),
        ({"tenant": None}, "tenant is missing"),
        ({"tenant": "a+b"}, "tenant 'a+b' is not made of"),
        ({"ack_profile": "loud"}, "ack_profile 'loud' is none of count, plain"),
        ({"admission": "maybe"}, "admission 'maybe' is none of serve, refuse"),
        ({"link": "modem"}, "link 'modem' is none of lan, gprs"),
        ({"charset": "big5"}, "charset 'big5' is none of utf-8, gb18030"),
        ({"tags": "a b"}, "tags 'a b' is no list of tags"),
        ({"transaction_capacity": "0"}, "transaction_capacity '0' is no whole number from 1"),
        ({"replaces": "A/B"}, "replaces 'A/B' is no serial"),
        ({"key_digests": "secret"}, "key_digests 'secret' is no list of digests"),
        ({"verify_map": "16"}, "verify_map '16' is no code and what it means"),
        ({"state_map": "1=2;1=3"}, "state_map names the code 1 twice"),
        ({"valid_from": "2026-01-01T00:00:00"}, "says no offset from UTC"),
        ({"valid_from": "2026-01-01"}, "says no offset from UTC"),
        ({"valid_to": "soon"}, "valid_to 'soon' is no time"),
        ({"valid_from": "2026-01-02T00:00Z", "valid_to": "2026-01-02T00:00Z"}, "valid_to is not after valid_from"),
    ],
)
def test_a_mistake_in_a_device_is_named_with_its_line(change: dict[str, str | None], message: str) -> None:
    values = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    text = HEAD + "devices:\n- {" + ", ".join(f"{key}: '{value}'" for key, value in values.items()) + "}\n"
    ((line, found),) = problems(text)
    assert line == 3
    assert message in found
    columns = list(dict.fromkeys([*CSV_HEAD.strip().split(","), *change]))
    cells = [values.get(key, "") for key in columns]
    ((line, found),) = problems(",".join(columns) + "\n\n" + ",".join(cells), "r.csv", {"berlin": BERLIN})
    assert line == 3
    assert message in found


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ("{id: a b, zone: UTC}", "id 'a b' is not made of"),
        ("{zone: UTC}", "id is missing"),
        ("{id: s}", "zone is missing"),
        ("{id: s, zone: UTC+1}", "zone 'UTC+1' is no IANA"),
        (f"{{id: s, zone: UTC, name: {'n' * 201}}}", "201 characters"),
    ],
)
def test_a_mistake_in_a_site_is_named_with_its_line(site: str, message: str) -> None:
    ((line, found),) = problems(f"\nsites:\n- {site}\n")
    assert line == 3
    assert message in found


@pytest.mark.parametrize(
    ("periods", "overlap"),
    [
        (("", ""), True),
        ((", valid_to: 2026-01-02T00:00Z", ", valid_from: 2026-01-01T00:00Z"), True),
        ((", valid_from: 2026-01-01T00:00Z", ", valid_from: 2026-01-02T00:00Z"), True),
        ((", valid_from: 2026-01-02T00:00Z", ""), True),
        ((", valid_to: 2026-01-02T00:00Z", ", valid_from: 2026-01-02T00:00Z"), False),
        ((", valid_from: 2026-01-02T00:00Z", ", valid_to: 2026-01-02T00:00Z"), False),
    ],
)
def test_overlapping_periods(periods: tuple[str, str], overlap: bool) -> None:
    rows = "".join(f"- {{serial: A, site: berlin, tenant: demo{period}}}\n" for period in periods)
    found, wrong = parse_registry([("r.yaml", HEAD + "devices:\n" + rows)], {})
    if overlap:
        assert [str(problem) for problem in wrong] == [
            "r.yaml line 4: serial A: its period overlaps with that of r.yaml line 3"
        ]
    else:
        assert wrong == []
        assert len(found[1].periods) == 2


def test_everything_is_told_at_once_in_order_of_files_and_lines() -> None:
    text = """\
colours: {red: 1}
sites:
  - {id: berlin, zone: Mars/Olympus}
devices:
  - serial: a/b
    site: nowhere
    colour: red
    clock: [zone]
    tenant: demo
    tenant: demo
  - hello
"""
    found, wrong = parse_registry([("a.yaml", text), ("b.csv", "serial,hue\nx,y\n"), ("c.txt", "")], {})
    assert found == []
    assert [(problem.file, problem.line, problem.message.partition(" (known")[0]) for problem in wrong] == [
        ("a.yaml", 1, "unknown key 'colours' in the file"),
        ("a.yaml", 3, "zone 'Mars/Olympus' is no IANA time zone such as Europe/Berlin"),
        ("a.yaml", 5, "serial 'a/b' is not made of 1 to 32 letters, digits, '-', '_'"),
        ("a.yaml", 6, "unknown site 'nowhere': no file and no record of the registry has it"),
        ("a.yaml", 7, "unknown key 'colour' in a device"),
        ("a.yaml", 8, "clock of a device is one value, not a list or a mapping"),
        ("a.yaml", 10, "key 'tenant' stands twice in a device"),
        (
            "a.yaml", 11,
            "a device is a mapping with the keys serial, site, zone, clock, tenant, ack_profile, admission, tags, "
            "link, charset, transaction_capacity, replaces, key_digests, verify_map, state_map, direction, options, "
            "valid_from, valid_to",
        ),
        ("b.csv", 1, "unknown column 'hue'"),
        ("c.txt", 1, "a registry file ends in .yaml, .yml or .csv"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("r.yaml", "sites:\n- {id: [\n", 3, "not YAML"),
        ("r.yaml", "sites: []\n\x01", 2, "not YAML: control characters"),
        ("r.yaml", "sites: []\n---\nsites: []\n", 2, "not YAML"),
        ("r.yaml", "- berlin\n", 1, "the file is a mapping"),
        ("r.yaml", "sites: berlin\n", 1, "sites is a list"),
        ("r.csv", "", 1, "the first line names the columns"),
        ("r.csv", "name,zone\n", 1, "the first line names the columns"),
        ("r.csv", "id,zone,zone\n", 1, "column zone stands twice"),
        ("r.csv", "id,zone\na,UTC\nb,UTC,x\n", 3, "3 values for 2 columns"),
        ("r.csv", 'id,name,zone\n"a\nb",x,UTC\n', 2, "is not made of"),
        ("r.csv", 'id,zone\n"a"b,UTC\n', 2, "not CSV"),
    ],
)
def test_a_file_of_another_form(name: str, text: str, line: int, message: str) -> None:
    ((found_line, found),) = problems(text, name)
    assert found_line == line
    assert message in found


@given(st.text(), st.sampled_from(("r.yaml", "r.csv")))
def test_any_text_gives_records_or_problems(text: str, name: str) -> None:
    found, wrong = parse_registry([(name, text)], {})
    assert not (found and wrong)
    for problem in wrong:
        assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 2


ids = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)
zones = st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"))
# names are trimmed, and what YAML cannot carry at all is no name
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=30).map(str.strip)
instants = st.integers(-62_135_596_800_000, 253_402_300_799_999)
clocks = st.sampled_from(("zone", "fixed:+05:30", "fixed:-03:30"))
profiles: st.SearchStrategy[AckProfile | None] = st.sampled_from(("count", "plain", None))
maybe_seconds = st.none() | st.integers(0, 86_400)
options = st.builds(
    HandshakeOptions,
    error_delay_s=maybe_seconds,
    delay_s=maybe_seconds,
    trans_times=st.none() | st.lists(st.sampled_from(("08:00", "23:59", "00:00")), unique=True).map(tuple),
    trans_interval_min=maybe_seconds,
    trans_words=st.none() | st.sampled_from(((), ("AttLog",), ("AttLog", "OpLog", "ChgFP"))),
    realtime=st.none() | st.booleans(),
    timeout_s=maybe_seconds,
    sync_time_s=maybe_seconds,
    time_zone_form=st.sampled_from((None, "integer", "hh_mm")),
)
maps = st.dictionaries(st.integers(0, 300).map(str), st.integers(0, 300), max_size=3)


@st.composite
def device_periods(draw: st.DrawFn, valid: tuple[int | None, int | None], sites: list[str]) -> DevicePeriod:
    admission = draw(st.sampled_from(get_args(Admission)))
    kept_out = admission == "refuse" and draw(st.booleans())
    return DevicePeriod(
        *valid,
        site="" if kept_out else draw(st.sampled_from(sites)),
        tenant=draw(ids),
        zone=draw(zones),
        clock=draw(clocks),
        ack_profile=draw(profiles),
        admission=admission,
        tags=tuple(draw(st.lists(ids, max_size=3))),
        link=draw(st.sampled_from(get_args(Link))),
        charset=draw(st.sampled_from(get_args(DeviceCharset))),
        options=draw(options),
        key_digests=draw(st.sampled_from(((), ("acme.1:" + "0a" * 32, "acme.2:" + "f0" * 32)))),
        verify_map=draw(maps),
        state_map=draw(maps),
        transaction_capacity=draw(st.none() | st.integers(1, 10_000_000)),
        replaces=draw(st.sampled_from(("", "OLD-1"))),
    )


@st.composite
def registries(draw: st.DrawFn) -> list[Record]:
    def validity() -> list[tuple[int | None, int | None]]:
        borders = sorted(draw(st.sets(instants, max_size=4)))
        edges: list[int | None] = [None, *borders, None]
        return draw(st.lists(st.sampled_from(list(pairwise(edges))), min_size=1, unique=True))

    def start(period: tuple[int | None, int | None]) -> float:
        return float("-inf") if period[0] is None else period[0]

    site_ids = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    serials = draw(st.lists(st.from_regex(r"[A-Z0-9_-]{1,12}", fullmatch=True), max_size=3, unique=True))
    sites: list[Record] = [
        SiteRecord(
            id_,
            tuple(
                SitePeriod(*p, draw(names), draw(zones), draw(profiles), draw(options))
                for p in sorted(validity(), key=start)
            ),
        )
        for id_ in site_ids
    ]
    devices: list[Record] = [
        DeviceRecord(
            serial,
            tuple(draw(device_periods(p, site_ids)) for p in sorted(validity(), key=start)),
        )
        for serial in serials
    ]
    return [*sites, *devices]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # whole registries are much to draw
@given(registries())
def test_an_export_reads_back_to_the_same(registry: list[Record]) -> None:
    assert records(registry_yaml(registry)) == registry


@given(instants)
def test_times_there_and_back(at_ms: int) -> None:
    text = time_text(at_ms)
    assert text is not None
    assert parse_time(text) == at_ms


def test_times_by_hand() -> None:
    assert parse_time("2026-01-01T05:30:00+05:30") == JANUARY
    assert time_text(JANUARY) == "2026-01-01T00:00:00+00:00"
