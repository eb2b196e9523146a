"""One partition of `device.input`: its devices, its clock, how far it is read; what `devices` and its state get.

Offsets make it exact: an input below `next_offset` is in the state already and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from processors.devices.engine import advance, tick
from processors.devices.facts import FactsOf
from processors.devices.tracked import (
    Progress,
    TrackedDevice,
    decode_progress,
    decode_tracked,
    device_state,
    encode,
)
from processors.partition_model import Changes
from runtime.state_records import Output
from schemas.codec import encode_event
from schemas.devices import DeviceInput, DeviceStatus, InputKind

MAX_PENDING: Final = 10_000
_OUTPUT_TOPIC = "devices"
_PROGRESS_KEY = b"+progress"


def key_of_device(event: DeviceInput) -> bytes:
    """The key of its state, and of what is said of it."""
    return event.device.encode()


class DevicesPartition:
    """The model of one partition; `stored` are its values as they are when it is built."""

    def __init__(self, stored: Mapping[bytes, bytes], facts_of: FactsOf, *, max_pending: int = MAX_PENDING) -> None:
        self._facts_of = facts_of
        self._max_pending = max_pending
        progress = stored.get(_PROGRESS_KEY)
        self.progress = decode_progress(progress) if progress is not None else Progress()
        self.devices: dict[str, TrackedDevice] = {}
        self.count_by_status: Counter[DeviceStatus] = Counter()
        self._pending: dict[str, None] = {}  # in the order of their last knock
        self._changed: dict[bytes, TrackedDevice | None] = {}
        self._outputs: list[Output] = []
        self._written = self.progress
        found = [decode_tracked(value) for key, value in stored.items() if key != _PROGRESS_KEY]
        for state in sorted(found, key=lambda state: state.offset):
            self._keep(state)

    def apply(self, event: DeviceInput, offset: int) -> None:
        if offset < self.progress.next_offset:
            return
        clock = max(self.progress.clock, event.at)
        if event.kind is InputKind.TICK:
            # Sorted, so that what is told does not depend on when the model was built last.
            changed = sorted(tick(self.devices.values(), clock, self._facts_of), key=lambda state: state.device)
        else:
            facts = self._facts_of(event.device, clock)
            before = self.devices.get(event.device)
            changed = [advance(before, event, offset=offset, clock=clock, facts=facts)]
        outputs = [self._output(state, offset, clock) for state in changed if self._is_news(state)]
        self.progress = Progress(next_offset=offset + 1, clock=clock)
        self._outputs += outputs
        for state in changed:
            self._keep(state)
            self._changed[state.device.encode()] = state
        self._drop_surplus()

    def changes(self) -> Changes:
        values = {key: encode(state) if state else None for key, state in self._changed.items()}
        if self.progress != self._written:
            values[_PROGRESS_KEY] = encode(self.progress)
            self._written = self.progress
        outputs, self._outputs, self._changed = self._outputs, [], {}
        return Changes(values, outputs)

    def _is_news(self, state: TrackedDevice) -> bool:
        before = self.devices.get(state.device)
        return state.told is not None and not state.told.behind and (before is None or before.told is not state.told)

    def _output(self, state: TrackedDevice, offset: int, clock: int) -> Output:
        return (_OUTPUT_TOPIC, state.device.encode(), encode_event(device_state(state, offset, clock)))

    def _keep(self, state: TrackedDevice) -> None:
        before = self.devices.get(state.device)
        if before is not None:
            self.count_by_status[before.contact.status] -= 1
        self.devices[state.device] = state
        self.count_by_status[state.contact.status] += 1
        if state.contact.status is not DeviceStatus.PENDING:
            self._pending.pop(state.device, None)
        elif state.device not in self._pending or before is None or before.offset != state.offset:
            self._pending.pop(state.device, None)
            self._pending[state.device] = None

    def _drop_surplus(self) -> None:
        """Whoever knocks under many names must not fill the memory: the one that knocked longest ago goes."""
        while len(self._pending) > self._max_pending:
            serial = next(iter(self._pending))
            del self._pending[serial]
            self.count_by_status[self.devices.pop(serial).contact.status] -= 1
            self._changed[serial.encode()] = None
            self._outputs.append((_OUTPUT_TOPIC, serial.encode(), None))
