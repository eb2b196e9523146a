"""Registry files: text to records, or to everything that is wrong with it, by line; and records to YAML. Pure.

A site's or device's history is its rows: the same serial may stand several times with periods that do not overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

import yaml

from cli.registry_fields import DEVICE_FACTS, PREFIX, facts_of, parse_fact, parse_options
from cli.registry_groups import GroupReader, group_sections
from cli.registry_histories import HistoryReader, time_text
from cli.registry_rows import Problem, Row, read_rows
from cli.registry_timecards import TimecardReader, timecard_sections
from runtime.local_time import Clock, ClockError
from schemas.registry import (
    AckProfile,
    DevicePeriod,
    DeviceRecord,
    HandshakeOptions,
    Period,
    Record,
    SitePeriod,
    SiteRecord,
)
from schemas.registry_timecards import PolicyRecord
from wire.zkpush.target import SERIAL

# Ids stand in Kafka keys beside "+" and in metric labels.
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def parse_registry(
    files: Iterable[tuple[str, str]],
    known_sites: Mapping[str, SiteRecord],
    known_policies: Iterable[PolicyRecord] = (),
) -> tuple[list[Record], list[Problem]]:
    """Records of the files (name, text) together, sites first; the known ones are those that the registry has already.

    Either is empty: records with problems are not worth applying. Problems are in order of file and line.
    """
    files = list(files)
    rows: list[Row] = []
    problems: list[Problem] = []
    for file, text in files:
        found, wrong = read_rows(file, text)
        rows += found
        problems += wrong
    reader = _RowReader(problems)
    sites = reader.sites([row for row in rows if row.kind == "site"])
    all_sites = {**known_sites, **{site.id: site for site in sites}}
    devices = reader.devices([row for row in rows if row.kind == "device"], all_sites)
    groups = GroupReader(problems).groups(rows)
    for_hours = TimecardReader(problems).timecard_records(rows, all_sites, known_policies)
    order = {file: number for number, (file, _text) in enumerate(files)}
    problems.sort(key=lambda problem: (order[problem.file], problem.line))
    return ([], problems) if problems else ([*sites, *devices, *groups, *for_hours], [])


def registry_yaml(records: Iterable[Record]) -> str:
    """YAML that `parse_registry` reads back to the same records."""
    records = list(records)
    rows: dict[str, list[dict[str, Any]]] = {"sites": [], "devices": []}
    for record in records:
        for period in record.periods:
            if isinstance(period, SitePeriod):
                facts = {name: getattr(period, name) for name in ("name", "zone", "ack_profile")}
                rows["sites"].append({"id": record.id, **facts, **facts_of(period), **_validity(period)})
            elif isinstance(period, DevicePeriod):
                facts = {name: getattr(period, name) for name in ("site", "zone", "clock", "tenant", "ack_profile")}
                rows["devices"].append({"serial": record.id, **facts, **facts_of(period), **_validity(period)})
    return yaml.dump(
        {**rows, **group_sections(records), **timecard_sections(records)},
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
        default_flow_style=None,
        width=1000,
        allow_unicode=True,
    )


def _validity(period: Period) -> dict[str, str | None]:
    return {"valid_from": time_text(period.valid_from), "valid_to": time_text(period.valid_to)}


class _RowReader(HistoryReader):
    """Rows of sites and devices to records."""

    def sites(self, rows: list[Row]) -> list[SiteRecord]:
        histories = self.histories(rows, "id", _ID, "1 to 64 letters, digits, '.', '_', '-'", self._site, str)
        return [SiteRecord(id_, periods) for id_, periods in histories.items()]

    def devices(self, rows: list[Row], sites: Mapping[str, SiteRecord]) -> list[DeviceRecord]:
        def device(row: Row) -> DevicePeriod:
            return self._device(row, sites)

        histories = self.histories(
            rows, "serial", SERIAL, "1 to 32 letters, digits, '-', '_'", device, lambda serial: serial.upper()
        )
        return [DeviceRecord(serial, periods) for serial, periods in histories.items()]

    def _site(self, row: Row) -> SitePeriod:
        name = self.name(row)
        zone = row.values.get("zone", "")
        if not zone:
            self.wrong(row, "zone is missing: give an IANA time zone such as Europe/Berlin")
        else:
            self._check_clock(row, "zone", zone, "zone")
        valid_from, valid_to = self.validity(row)
        return SitePeriod(
            valid_from=valid_from, valid_to=valid_to, name=name, zone=zone, ack_profile=self._ack_profile(row),
            options=self._options(row),
        )  # fmt: skip

    def _device(self, row: Row, sites: Mapping[str, SiteRecord]) -> DevicePeriod:
        values = row.values
        site, zone, clock = values.get("site", ""), values.get("zone", ""), values.get("clock", "zone")
        tenant, facts = values.get("tenant", ""), self._facts(row)
        if not site:
            if facts.get("admission") != "refuse":  # what is kept out by name need not be anywhere
                self.wrong(row, "site is missing")
        elif site not in sites:
            self.wrong(row, f"unknown site {site!r}: no file and no record of the registry has it", "site")
        elif not zone:
            zones = {period.zone for period in sites[site].periods}
            if len(zones) == 1:
                zone = zones.pop()
            else:
                self.wrong(row, f"zone is missing, and site {site} has had several: {', '.join(sorted(zones))}")
        if zone:
            self._check_clock(row, "zone", zone, "zone")
        self._check_clock(row, "clock", "UTC", clock)
        if not tenant:
            self.wrong(row, "tenant is missing: give it here or under defaults")
        elif not _ID.fullmatch(tenant):
            self.wrong(row, f"tenant {tenant[:80]!r} is not made of 1 to 64 letters, digits, '.', '_', '-'", "tenant")
        valid_from, valid_to = self.validity(row)
        return DevicePeriod(
            valid_from=valid_from, valid_to=valid_to, site=site, tenant=tenant, zone=zone or "UTC", clock=clock,
            ack_profile=self._ack_profile(row), options=self._options(row), **facts,
        )  # fmt: skip

    def _facts(self, row: Row) -> dict[str, Any]:
        """Those of registry_fields.DEVICE_FACTS that stand there."""
        facts = {}
        for name in DEVICE_FACTS:
            if name in row.values:
                try:
                    facts[name] = parse_fact(name, row.values[name])
                except ValueError as error:
                    self.wrong(row, f"{name} {error}", name)
        return facts

    def _options(self, row: Row) -> HandshakeOptions:
        try:
            return parse_options(row.values)
        except ValueError as error:
            self.wrong(row, str(error), next((key for key in row.values if key.startswith(PREFIX)), ""))
            return HandshakeOptions()

    def _ack_profile(self, row: Row) -> AckProfile | None:
        ack_profile = row.values.get("ack_profile")
        if ack_profile is not None and ack_profile not in get_args(AckProfile):
            self.wrong(row, f"ack_profile {ack_profile!r} is none of {', '.join(get_args(AckProfile))}", "ack_profile")
        return cast(AckProfile | None, ack_profile)

    def _check_clock(self, row: Row, key: str, zone: str, mode: str) -> None:
        try:
            Clock.parse(zone, mode)
        except ClockError as error:
            self.wrong(row, str(error), key)
