"""Work that concerns many employees: a sweep goes through all of a partition, some at a time, and its place is state.

Sweeps are done one after the other, in the order in which they began; one that is begun again while it waits or runs
(another registry change) starts from the first employee for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import orjson

from processors.timecards.stream.own_keys import SWEEP_PREFIX, sweep_key

STEP: Final = 200  # employees of one transaction


class SweepKind(StrEnum):
    REGISTRY = "registry"  # derive again what a registry change touches
    SITES = "sites"  # other devices of sites are silent, or a site spoke for the first time
    CLOSING = "closing"  # count, and say what is in the way
    LOCK = "lock"
    RELEASE = "release"
    RETRO = "retro"
    AGE = "age"  # archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """cursor: the last employee (header key) done. tenant, pay_group, first, version: of which state of which period;
    devices: serials that changed; kinds: of registry records that changed; sites: site to the instant (epoch ms) from
    which on its cards are looked at again; tally: of a report as far as it is."""

    kind: SweepKind
    cursor: str = ""
    tenant: str = ""
    pay_group: str = ""
    first: str = ""
    version: int = 0
    devices: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    sites: dict[str, int] = field(default_factory=dict)
    tally: dict[str, Any] = field(default_factory=dict)


class Sweeps:
    """`stored` are the partition's values."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        found = {int(key.removeprefix(SWEEP_PREFIX)): value for key, value in stored.items() if _is_sweep(key)}
        self._sweeps = {number: _decode(value) for number, value in sorted(found.items())}
        self._changed: dict[int, None] = {}

    def __bool__(self) -> bool:
        return bool(self._sweeps)

    def __iter__(self) -> Iterator[Sweep]:
        return iter(self._sweeps.values())

    @property
    def running(self) -> Sweep | None:
        return next(iter(self._sweeps.values()), None)

    def begin(self, sweep: Sweep) -> None:
        for number, other in self._sweeps.items():
            if other.kind is sweep.kind and (merged := _merged(other, sweep)) is not None:
                self._put(number, merged)
                return
        self._put(max(self._sweeps, default=0) + 1, sweep)

    def advance(self, sweep: Sweep | None) -> None:
        """What the running one has become; None: it is done."""
        number = next(iter(self._sweeps))
        if sweep is not None:
            self._put(number, sweep)
            return
        del self._sweeps[number]
        self._changed[number] = None

    def drop(self, kind: SweepKind, tenant: str, pay_group: str, first: str) -> None:
        """Those of a period that are overtaken."""
        for number, other in list(self._sweeps.items()):
            if (other.kind, other.tenant, other.pay_group, other.first) == (kind, tenant, pay_group, first):
                del self._sweeps[number]
                self._changed[number] = None

    def changes(self) -> dict[bytes, bytes | None]:
        """State that changed since it was asked last."""
        changed, self._changed = self._changed, {}
        return {
            sweep_key(number): orjson.dumps(asdict(self._sweeps[number])) if number in self._sweeps else None
            for number in changed
        }

    def _put(self, number: int, sweep: Sweep) -> None:
        self._sweeps[number] = sweep
        self._changed[number] = None


def _merged(waiting: Sweep, new: Sweep) -> Sweep | None:
    if new.kind is SweepKind.REGISTRY:
        devices, kinds = {*waiting.devices, *new.devices}, {*waiting.kinds, *new.kinds}
        return replace(waiting, cursor="", devices=sorted(devices), kinds=sorted(kinds))
    if new.kind is SweepKind.SITES:
        sites = dict(waiting.sites)
        for site, at in new.sites.items():
            sites[site] = min(sites.get(site, at), at)
        return replace(waiting, cursor="", sites=sites)
    if new.kind is SweepKind.AGE:
        return waiting  # those that it has passed are seen tomorrow
    return None


def _is_sweep(key: bytes) -> bool:
    return key.startswith(SWEEP_PREFIX)


def _decode(value: bytes) -> Sweep:
    record = orjson.loads(value)
    return Sweep(**{**record, "kind": SweepKind(record["kind"])})
