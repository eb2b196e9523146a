"""Up to when everything is known, site by site, and what that means for a week of an employee. Pure.

Of one site: the last that each resolver partition said; the least over the partitions of the newest registry, once all
of these have spoken, and it never goes back. No site is waited for longer than max_wait behind the greatest watermark
of all: one whose devices are gone would hold its people's cards for ever. Source: DESIGN 5; schemas/timecards_input.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from processors.timecards.stream.own_keys import SITE_PREFIX, site_key
from schemas.timecards_input import TimecardInput

NOWHERE: Final = ""  # who is at no site that ever spoke waits for all together
_STEP_MS: Final = 3_600_000


class SiteNews(NamedTuple):
    """What a watermark changed. again_from: cards from that instant (epoch ms) on must be looked at again, since other
    devices are silent or the site spoke for the first time; None: none."""

    rose: bool
    again_from: int | None


@dataclass(slots=True)
class _Site:
    """told: by resolver partition (watermark, silent devices); until: of the site, None while not all have spoken."""

    told: dict[int, tuple[int | None, dict[str, int | None]]] = field(default_factory=dict)
    version: int = -1
    partitions: tuple[int, ...] = ()
    until: int | None = None

    @property
    def silent(self) -> dict[str, int | None]:
        return {
            serial: at
            for number in self.partitions
            if number in self.told
            for serial, at in self.told[number][1].items()
        }

    def value(self) -> list[Any]:
        return [1, [[number, *told] for number, told in self.told.items()], self.version, self.partitions, self.until]

    @classmethod
    def of(cls, value: bytes) -> _Site:
        _, told, version, partitions, until = orjson.loads(value)
        return cls({number: (at, silent) for number, at, silent in told}, version, tuple(partitions), until)


class EventTime:
    """`stored` are the partition's values."""

    def __init__(self, stored: Mapping[bytes, bytes], *, max_wait_ms: int) -> None:
        self._max_wait_ms = max_wait_ms
        self._sites = {
            key.removeprefix(SITE_PREFIX).decode(): _Site.of(value)
            for key, value in stored.items()
            if key.startswith(SITE_PREFIX)
        }
        self._changed: dict[str, None] = {}
        self.greatest = max((site.until for site in self._sites.values() if site.until is not None), default=0)

    @property
    def floor(self) -> int:
        """Nobody waits longer; epoch ms in whole hours, so that it moves seldom. 0: nothing is known."""
        return max(0, self.greatest // _STEP_MS * _STEP_MS - self._max_wait_ms)

    def take(self, event: TimecardInput) -> SiteNews:
        site = self._sites.setdefault(event.site, _Site())
        before, silent, spoke = site.until, site.silent, bool(site.told)
        last = site.told.get(event.resolver_partition, (None, {}))[0]
        told = event.watermark if last is None or event.watermark is None else max(last, event.watermark)
        site.told[event.resolver_partition] = (last if told is None else told, dict(event.silent))
        if event.registry_version >= site.version:
            site.version, site.partitions = event.registry_version, tuple(sorted(event.resolver_partitions))
        waited_for = [site.told.get(number, (None, {}))[0] for number in site.partitions]
        known = [at for at in waited_for if at is not None]
        if known and len(known) == len(waited_for):
            site.until = max(min(known), before or 0)
            self.greatest = max(self.greatest, site.until)
        self._changed[event.site] = None
        again = [at or 0 for serial, at in {**silent, **site.silent}.items() if _differs(serial, silent, site.silent)]
        if not spoke:
            again.append(self.floor)
        return SiteNews(site.until != before, min(again, default=None))

    def of(self, sites: Iterable[str]) -> tuple[int, str]:
        """Epoch ms up to which everything of these sites is known, and the site that is the last to know it. Sites that
        never spoke are not waited for; when none did, the floor."""
        floor = self.floor
        spoken = [(max(floor, site.until or 0), name) for name in sites if (site := self._sites.get(name)) is not None]
        return min(spoken, default=(floor, NOWHERE))

    def silent(self, sites: Iterable[str]) -> dict[str, int | None]:
        """Devices of these sites that are not waited for, and up to when they told everything (epoch ms)."""
        silent: dict[str, int | None] = {}
        for name in sites:
            if (site := self._sites.get(name)) is not None:
                silent.update(site.silent)
        return silent

    def changes(self) -> dict[bytes, bytes]:
        """State that changed since it was asked last."""
        changed, self._changed = self._changed, {}
        return {site_key(name): orjson.dumps(self._sites[name].value()) for name in changed}


def _differs(serial: str, before: Mapping[str, int | None], after: Mapping[str, int | None]) -> bool:
    return (serial in before) != (serial in after) or before.get(serial) != after.get(serial)
