"""What `resolve` is told of what is normalized: punches, watermarks after their punches, ticks. Source: DESIGN 5, 6.

A watermark waits until Kafka has all that was written before it: a batch that failed and is sent again would come after
it otherwise.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from processors.normalize.output import Output
from schemas.devices import DeviceInput, InputKind
from schemas.resolver_input import punch_input, tick_input, watermark_input

RESOLVER_TOPIC: Final = "resolver.input"


class _Watermark(NamedTuple):
    device: bytes
    value: bytes


class ResolverOutput:
    """Of one call, beside `output`, which takes the records."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._watermarks: list[_Watermark] = []

    async def punch(self, device: bytes, value: bytes) -> None:
        """`value`: the punch as it goes to `punches`."""
        await self._output.append(RESOLVER_TOPIC, device, punch_input(value), device)

    def told(self, event: DeviceInput) -> None:
        """Notes a watermark; other inputs are not for `resolve`."""
        if event.kind is InputKind.WATERMARK and event.watermark is not None:
            value = watermark_input(event.device, event.site, event.watermark, event.at)
            self._watermarks.append(_Watermark(event.device.encode(), value))

    async def tick(self, event: DeviceInput, partition_by: bytes) -> None:
        edge = event.device.encode()
        await self._output.append(RESOLVER_TOPIC, edge, tick_input(event.device, event.at), partition_by)

    async def acked(self) -> None:
        """Kafka has everything, the watermarks last."""
        await self._output.acked()
        if self._watermarks:
            for device, value in self._watermarks:
                await self._output.append(RESOLVER_TOPIC, device, value, device)
            await self._output.acked()
