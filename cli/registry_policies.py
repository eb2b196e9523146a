"""Policies in registry files: rules that contradict themselves or each other are refused with the reason. Pure.

Source: spec/timecards.md B2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from cli.registry_histories import HistoryReader, overlap
from cli.registry_rows import Row
from cli.yaml_values import ValueWrong, plain_value, words_of
from schemas.policies import PolicyError, load_policy
from schemas.policy_presets import PRESETS
from schemas.registry import SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord

ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
ALLOWED: Final = "1 to 64 letters, digits, '.', '_', '-'"
_SCOPES: Final = {"sites": "the site", "groups": "the group", "employees": "the employee"}
_EVERYBODY: Final = "everybody"


@dataclass(frozen=True, slots=True)
class _Claim:
    """That a policy holds for somebody. row: where a file says so, None when the registry does."""

    policy: str
    period: PolicyPeriod
    row: Row | None


class PolicyReader(HistoryReader):
    def policies(
        self, rows: list[Row], sites: Mapping[str, SiteRecord], known: Iterable[PolicyRecord]
    ) -> list[PolicyRecord]:
        """known: the registry's own, so that a file does not contradict one that it does not name."""
        claims: list[_Claim] = []

        def read(row: Row) -> PolicyPeriod:
            period = self._policy(row, sites)
            claims.append(_Claim(row.values.get("id", ""), period, row))
            return period

        records = [
            PolicyRecord(id_, periods)
            for id_, periods in self.histories(rows, "id", ID, ALLOWED, read, str).items()
        ]  # fmt: skip
        named = {record.id for record in records}
        others = [record for record in known if record.id not in named]
        claims += [_Claim(record.id, period, None) for record in others for period in record.periods]
        self._contradictions(claims)
        return records

    def _policy(self, row: Row, sites: Mapping[str, SiteRecord]) -> PolicyPeriod:
        valid_from, valid_to = self.dates(row)
        preset, tenant = row.values.get("preset", ""), row.values.get("tenant", "")
        settings: dict[str, Any] = {}
        scopes: dict[str, tuple[str, ...]] = {}
        try:
            if (node := row.nodes.get("settings")) is not None:
                settings = plain_value(node)
                if not isinstance(settings, dict):
                    raise ValueWrong(node, "settings is a mapping of the policy's keys")
            for name in _SCOPES:
                scopes[name] = words_of(row.nodes.get(name), name)
        except ValueWrong as error:
            self.wrong_at(row, error.line, str(error))
        else:
            self._check_rules(row, preset, settings)
        if tenant and not ID.fullmatch(tenant):
            self.wrong(row, f"tenant {tenant[:80]!r} is not made of {ALLOWED}", "tenant")
        for site in scopes.get("sites", ()):
            if site not in sites:
                self.wrong(row, f"unknown site {site!r}: no file and no record of the registry has it", "sites")
        return PolicyPeriod(
            valid_from=valid_from, valid_to=valid_to, preset=preset, settings=settings, tenant=tenant, **scopes
        )

    def _check_rules(self, row: Row, preset: str, settings: Mapping[str, Any]) -> None:
        if preset and preset not in PRESETS:
            self.wrong(row, f"preset {preset[:80]!r} is none of {', '.join(PRESETS)}", "preset")
            return
        try:
            load_policy({**PRESETS.get(preset, {}), **settings})
        except PolicyError as error:
            self.wrong(row, f"policy {row.values.get('id', '')}: {error}", "settings")

    def _contradictions(self, claims: Iterable[_Claim]) -> None:
        by_whom: dict[tuple[str, str], list[_Claim]] = {}
        for claim in claims:
            for whom in _named(claim.period):
                by_whom.setdefault(whom, []).append(claim)
        for (scope, name), rivals in by_whom.items():
            for one, other in combinations(rivals, 2):
                row = other.row or one.row
                if row is None or one.policy == other.policy or not _meet(scope, one.period, other.period):
                    continue
                meant = f"{_SCOPES[scope]} {name}" if name else f"everybody{_of_tenant(one.period.tenant)}"
                both = " and ".join(sorted((one.policy, other.policy)))
                self.wrong(
                    row,
                    f"policies {both} are both for {meant} at the same dates: "
                    "end one of them with valid_to, or name who differs",
                    scope,
                )


def _named(period: PolicyPeriod) -> list[tuple[str, str]]:
    named = [(scope, name) for scope in _SCOPES for name in getattr(period, scope)]
    return named or [(_EVERYBODY, "")]


def _meet(scope: str, one: PolicyPeriod, other: PolicyPeriod) -> bool:
    """A tenant's policy for everybody goes before the one of all tenants; names are told apart by tenant alone."""
    same = one.tenant == other.tenant or (scope != _EVERYBODY and "" in (one.tenant, other.tenant))
    return same and overlap(one, other)


def _of_tenant(tenant: str) -> str:
    return f" of tenant {tenant}" if tenant else ""
