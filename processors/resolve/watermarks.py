"""Up to when the devices of a site have told everything, of one partition. Pure. Source: DESIGN 5; decisions/0029.

A device that only polls proves nothing, so one without a watermark holds its site back, until it was waited for too
long: then it is named instead. When all are silent the site follows the clock at that distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from processors.resolve.kept import Mark

# A site's watermark goes to every partition of timecards.input, so it moves in steps.
STEP_MS: Final = 60_000


class SiteDevices(NamedTuple):
    """devices: serials of this partition; partitions: of all that the site has."""

    devices: frozenset[str]
    partitions: tuple[int, ...]


class Places(Protocol):
    """What the registry says of devices, for one partition."""

    @property
    def version(self) -> int:
        """registry offset + 1."""

    def sites(self, at: int) -> Mapping[str, SiteDevices]:
        """Sites with a device in this partition at that instant (epoch ms); retired and refused ones have left."""

    def names(self, device: str) -> bool:
        """Whether the registry has a record of it, however old."""


class SiteWatermark(NamedTuple):
    """watermark: epoch ms, None as long as a device that counts has said nothing; silent: as TimecardInput has it."""

    watermark: int | None
    silent: Mapping[str, int | None]


def by_site(places: Places, marks: Mapping[str, Mark], partition: int, clock: int) -> dict[str, SiteDevices]:
    """Devices that the registry does not name are of the site that their watermarks name."""
    sites = dict(places.sites(clock))
    strangers: dict[str, set[str]] = {}
    for device, mark in marks.items():
        if not places.names(device):
            strangers.setdefault(mark.site, set()).add(device)
    for site, devices in strangers.items():
        known = sites.get(site, SiteDevices(frozenset(), ()))
        sites[site] = SiteDevices(known.devices | devices, tuple(sorted({*known.partitions, partition})))
    return sites


def site_watermark(
    devices: Iterable[str], mark_of: Callable[[str], Mark], clock: int, max_wait_ms: int
) -> SiteWatermark:
    """Epoch ms. `mark_of` has one for each device."""
    told: list[int | None] = []
    silent: dict[str, int | None] = {}
    for device in sorted(devices):
        mark = mark_of(device)
        heard = mark.since if mark.watermark is None else mark.watermark
        if clock - heard > max_wait_ms:
            silent[device] = mark.watermark
        else:
            told.append(mark.watermark)
    waiting = any(at is None for at in told)
    least = None if waiting else min((at for at in told if at is not None), default=clock - max_wait_ms)
    return SiteWatermark(None if least is None else least - least % STEP_MS, silent)
