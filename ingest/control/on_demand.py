"""A view that only some operators' requests need: started by the first of them, and again after it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class View(Protocol):
    @property
    def failed(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


ViewT = TypeVar("ViewT", bound=View)


class OnDemand(Generic[ViewT]):
    """Reading a topic may take longer than a request may: the start goes on when whoever waited for it has left."""

    def __init__(self, make: Callable[[], ViewT]) -> None:
        self._make = make
        self._view: ViewT | None = None
        self._starting: asyncio.Task[ViewT] | None = None

    async def get(self) -> ViewT:
        """Read to its end. Raises ViewUnreadable."""
        if self._view is not None and not self._view.failed:
            return self._view
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    async def close(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._view is not None:
            view, self._view = self._view, None
            await view.stop()

    async def _start(self) -> ViewT:
        try:
            if self._view is not None:
                broken, self._view = self._view, None
                await broken.stop()
            view = self._make()
            await view.start()
            self._view = view
            return view
        finally:
            self._starting = None
