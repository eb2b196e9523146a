"""Views that are started when they are first needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from ingest.control.on_demand import OnDemand
from runtime.errors import ViewUnreadable


@dataclass
class FakeView:
    """Starts when it is let, or fails."""

    let: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: str = ""
    failed: str = ""
    stopped: bool = False

    async def start(self) -> None:
        await self.let.wait()
        if self.trouble:
            raise ViewUnreadable(self.trouble)

    async def stop(self) -> None:
        self.stopped = True


@dataclass
class Maker:
    made: list[FakeView] = field(default_factory=list)
    trouble: str = ""

    def __call__(self) -> FakeView:
        self.made.append(FakeView(trouble=self.trouble))
        return self.made[-1]


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_started_once_and_goes_on_starting_when_who_waited_has_left() -> None:
    maker = Maker()
    view = OnDemand(maker)
    first, second = asyncio.create_task(view.get()), asyncio.create_task(view.get())
    await turns()
    first.cancel()
    maker.made[0].let.set()
    assert await second is maker.made[0]
    assert await view.get() is maker.made[0]
    assert (len(maker.made), first.cancelled()) == (1, True)
    await view.close()
    assert maker.made[0].stopped


async def test_it_is_started_anew_after_it_failed() -> None:
    maker = Maker(trouble="no Kafka")
    view = OnDemand(maker)
    asking = asyncio.create_task(view.get())
    await turns()
    maker.made[0].let.set()
    with pytest.raises(ViewUnreadable, match="no Kafka"):
        await asking
    maker.trouble = ""
    for number in (1, 2):
        asking = asyncio.create_task(view.get())
        await turns()
        maker.made[number].let.set()
        assert await asking is maker.made[number]
        maker.made[number].failed = "following stopped"
    assert maker.made[1].stopped
    await view.close()


async def test_closing_ends_a_start() -> None:
    maker = Maker()
    view = OnDemand(maker)
    asking = asyncio.create_task(view.get())
    await turns()
    await view.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await view.close()
