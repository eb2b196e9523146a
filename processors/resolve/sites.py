"""How far the devices of one partition have told everything, site by site, and what has to be said of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from processors.partition_model import Later
from processors.resolve.kept import MARK_PREFIX, Mark, decode_mark, encode_small, mark_key
from processors.resolve.messages import site_told
from processors.resolve.watermarks import Places, SiteWatermark, by_site, site_watermark
from schemas.resolver_input import ResolverInput


class Sites:
    """`stored` are the partition's values. What was told is not kept: the next one tells all anew."""

    def __init__(self, stored: Mapping[bytes, bytes], *, partition: int, places: Places, max_wait_ms: int) -> None:
        self._partition = partition
        self._places = places
        self._max_wait_ms = max_wait_ms
        marks = {key: value for key, value in stored.items() if key.startswith(MARK_PREFIX)}
        self._marks = {key.removeprefix(MARK_PREFIX).decode(): decode_mark(value) for key, value in marks.items()}
        self._changed: dict[str, None] = {}
        self._told: dict[str, SiteWatermark] = {}

    def take(self, event: ResolverInput) -> None:
        """A watermark of a device; it never goes back."""
        assert event.watermark is not None
        held = self._marks.get(event.device)
        told = event.watermark if held is None or held.watermark is None else max(held.watermark, event.watermark)
        self._keep(event.device, Mark(told, held.since if held is not None else event.at, event.site))

    def news(self, clock: int) -> list[Later]:
        """What is new since it was asked last; clock: of the partition, epoch ms."""
        found = []
        for site, devices in sorted(by_site(self._places, self._marks, self._partition, clock).items()):
            for device in devices.devices - self._marks.keys():
                self._keep(device, Mark(None, clock))  # from now on it is waited for
            told = site_watermark(devices.devices, self._marks.__getitem__, clock, self._max_wait_ms)
            before = self._told.get(site, SiteWatermark(None, {}))
            if told.watermark is None or (before.watermark is not None and told.watermark < before.watermark):
                told = told._replace(watermark=before.watermark)
            if told != before:
                self._told[site] = told
                found.append(site_told(site, self._partition, devices, self._places.version, told))
        return found

    def changes(self) -> dict[bytes, bytes]:
        """State that changed since it was asked last."""
        changed, self._changed = self._changed, {}
        return {mark_key(device): encode_small(self._marks[device]) for device in changed}

    def _keep(self, device: str, mark: Mark) -> None:
        if mark != self._marks.get(device):
            self._marks[device] = mark
            self._changed[device] = None
