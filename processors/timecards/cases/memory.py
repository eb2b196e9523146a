"""One partition of timecards.input as production has it, with dicts for Kafka: inputs, state, archive, outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.inputs import is_barrier
from processors.timecards.stream.outbox import ARCHIVE
from processors.timecards.stream.partition import TimecardPartition
from schemas.timecards_input import TimecardInput

_MOST: Final = 1_000  # inputs of one transaction


class PartitionInMemory:
    """log: every input; outputs: (topic, value) of everything that was written beside the state."""

    def __init__(self, registry: CardRegistry) -> None:
        self.log: list[TimecardInput] = []
        self.outputs: list[tuple[str, bytes]] = []
        self._registry = registry
        self._state: dict[bytes, bytes] = {}
        self._archive: dict[bytes, bytes] = {}
        self._done = 0
        self._model: TimecardPartition | None = None

    def tell(self, inputs: Sequence[TimecardInput]) -> list[tuple[str, bytes]]:
        """In as few transactions as the worker would, to the end of all work; what was written."""
        self.log += inputs
        before = len(self.outputs)
        while self._done < len(self.log) or self._loaded().busy:
            self._step()
        return self.outputs[before:]

    def copy(self) -> PartitionInMemory:
        """As after a restart."""
        copy = PartitionInMemory(self._registry)
        copy.log, copy.outputs, copy._done = list(self.log), list(self.outputs), self._done
        copy._state, copy._archive = dict(self._state), dict(self._archive)
        return copy

    def replay(self) -> list[tuple[str, bytes]]:
        """Everything again from the first input on, after a restart; what was written."""
        self._done, self._model = 0, None
        return self.tell(())

    def _step(self) -> None:
        model = self._loaded()
        inputs = [] if model.busy else self._run()
        if wanted := model.wanted(inputs):
            model.restore({key: self._archive[key] for key in wanted})
        for offset, one in enumerate(inputs, self._done):
            model.apply(one, offset)
        changes = model.changes()
        for key, value in changes.values.items():
            if value is None:
                self._state.pop(key, None)
            else:
                self._state[key] = value
        for topic, key, value in changes.also:
            assert value is not None
            self.outputs.append((topic, value))
            if topic == ARCHIVE:
                self._archive[key] = value
        self._done += len(inputs)

    def _run(self) -> list[TimecardInput]:
        """Up to the next barrier, or that alone."""
        inputs = self.log[self._done : self._done + _MOST]
        barrier = next((number for number, one in enumerate(inputs) if is_barrier(one)), len(inputs))
        return inputs[: max(1, barrier)]

    def _loaded(self) -> TimecardPartition:
        if self._model is None:
            self._model = TimecardPartition(
                self._state, partition=0, partitions=1, registry=lambda: self._registry, on_failure=_failed
            )
        return self._model


def _failed(failure: Exception) -> None:
    raise failure
