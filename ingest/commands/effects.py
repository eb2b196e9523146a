"""What an answered command changes in the registry: the map of punch states, the communication key (errata Z12, Z15).

The change is written before the answer is taken as read: when it fails the device is asked to send its answer again.
Doing it twice changes nothing. A device that the registry does not name has no record to change: that is logged.

A new communication key goes in three steps, so that no request of the device is ever refused: the registry takes the
new key beside the old ones (desk), the device is told, and once a request carries the new key the old ones go. Where
the registry asked for no key before, it asks for the new one from that request on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from ingest.commands.metrics import REGISTRY_CHANGES
from ingest.commands.state_maps import state_map_after
from runtime.communication_keys import digest, matches
from runtime.keyring import KeyRing
from runtime.registry_view import RegistryView
from runtime.registry_writer import compare_records, write_changes
from runtime.sections import KafkaSettings
from schemas.registry import DevicePeriod, DeviceRecord

log = logging.getLogger(__name__)

_NEW_KEY: Final = "SET OPTION PushComKey="
# Old keys that may be good at once: a rotation that was never confirmed leaves one behind.
_MAX_KEYS: Final = 4


class CommandEffects:
    """Reads the registry from its view, writes by runtime/registry_writer.py."""

    def __init__(self, *, registry: RegistryView, keys: KeyRing, kafka: KafkaSettings) -> None:
        self._registry = registry
        self._keys = keys
        self._kafka = kafka

    async def done(self, serial: str, line: str, at: int) -> None:
        """The device has done the command of this line at `at` (epoch ms). Raises DeliveryFailed, TopicMismatch."""
        await self._change(serial, lambda record: with_state_map(record, line, at))

    async def new_keys_expected(self, new_keys: Mapping[str, str], at: int) -> None:
        """Serial to new key: take it beside the old ones, where keys are asked for. Raises DeliveryFailed."""
        records = [record for serial in new_keys if (record := self._registry.device_record(serial)) is not None]
        changed = [with_digests(record, at, partial(self._beside, new_keys[record.id])) for record in records]
        await write_changes(self._kafka, compare_records(records, changed))

    async def new_key_seen(self, serial: str, key: str, at: int) -> None:
        """A request carried the new key: it alone is good from now on. Raises DeliveryFailed, TopicMismatch."""
        await self._change(serial, lambda record: with_digests(record, at, partial(self._alone, key)))

    def _beside(self, key: str, period: DevicePeriod) -> tuple[str, ...]:
        known = period.key_digests
        if not known or matches(self._keys, key, known):
            return known
        return (*known[1 - _MAX_KEYS :], digest(self._keys.sealer(period.tenant), key))

    def _alone(self, key: str, period: DevicePeriod) -> tuple[str, ...]:
        if len(period.key_digests) == 1 and matches(self._keys, key, period.key_digests):
            return period.key_digests
        return (digest(self._keys.sealer(period.tenant), key),)

    async def _change(self, serial: str, change: Callable[[DeviceRecord], DeviceRecord]) -> None:
        record = self._registry.device_record(serial)
        if record is None:
            log.warning("the registry does not name device %s: what its command changed is not recorded", serial)
            return
        REGISTRY_CHANGES.inc(await write_changes(self._kafka, compare_records([record], [change(record)])))


def new_key_of(line: str) -> str:
    """The communication key that the command of this line sets, empty where it sets none."""
    return line.removeprefix(_NEW_KEY) if line.startswith(_NEW_KEY) else ""


def with_state_map(record: DeviceRecord, line: str, at: int) -> DeviceRecord:
    """From `at` (epoch ms) on, in the period of then and those that follow, states mean what the command made of them;
    what was logged before keeps its meaning. The record itself where nothing changes."""
    periods: list[DevicePeriod] = []
    for period in record.periods:
        new_map = state_map_after(line, period.state_map)
        if _is_over(period, at) or new_map == period.state_map:
            periods.append(period)
        elif period.valid_from is not None and period.valid_from >= at:
            periods.append(replace(period, state_map=new_map))
        else:
            periods.append(replace(period, valid_to=at))
            periods.append(replace(period, valid_from=at, state_map=new_map))
    return replace(record, periods=tuple(periods))


def with_digests(record: DeviceRecord, at: int, change: Callable[[DevicePeriod], tuple[str, ...]]) -> DeviceRecord:
    """Other keys in the period of `at` and those that follow. Not dated: which key was good when is of no use."""
    periods = [
        period if _is_over(period, at) else replace(period, key_digests=change(period)) for period in record.periods
    ]
    return replace(record, periods=tuple(periods))


def _is_over(period: DevicePeriod, at: int) -> bool:
    return period.valid_to is not None and period.valid_to <= at
