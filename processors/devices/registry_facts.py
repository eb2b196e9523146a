"""Looks facts up in the live view of the registry. Levels of options: settings < site < device."""

from __future__ import annotations

from processors.devices.facts import DeviceFacts, Standing
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.registry import DevicePeriod, HandshakeOptions

_POLLS_MISSED = 3


class RegistryFacts:
    """A FactsOf. A device is offline after `track.offline_after_seconds`, but never before three of its polls, or of
    the records of its polls that an edge writes, are missing."""

    def __init__(self, registry: RegistryView, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    def __call__(self, serial: str, at_ms: int) -> DeviceFacts:
        known = self._registry.device(serial)
        period = known.at(at_ms) if known is not None else None
        if period is None:
            return DeviceFacts(
                standing=Standing.UNNAMED if known is None else Standing.RETIRED,
                zone=self._settings.normalize.unknown_zone,
                offline_after_ms=self._offline_after_ms(None),
            )
        device, site = period.options, self._site_options(period, at_ms)
        realtime = device.realtime if device.realtime is not None else site.realtime
        return DeviceFacts(
            standing=Standing.REFUSED if period.admission == "refuse" else Standing.NAMED,
            site=period.site,
            zone=period.zone,
            clock=period.clock,
            offline_after_ms=self._offline_after_ms(device.delay_s if device.delay_s is not None else site.delay_s),
            realtime=realtime is not False,
            transaction_capacity=period.transaction_capacity,
            time_zone_form=device.time_zone_form or site.time_zone_form,
        )

    def _site_options(self, period: DevicePeriod, at_ms: int) -> HandshakeOptions:
        site = self._registry.site(period.site)
        if site is not None:
            for site_period in site.periods:
                if site_period.covers(at_ms):
                    return site_period.options
        return HandshakeOptions()

    def _offline_after_ms(self, delay_s: int | None) -> int:
        ingest = self._settings.ingest
        poll = max(ingest.poll_delay_seconds if delay_s is None else delay_s, ingest.presence_seconds)
        return int(max(self._settings.track.offline_after_seconds, _POLLS_MISSED * poll) * 1000)
