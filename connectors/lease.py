"""The lease of a source, for people: who polls it and since when. What makes it binding is the fenced state itself."""

from __future__ import annotations

from typing import Final

from connectors.source import Json, State

NAME: Final = "lease"


async def take_lease(state: State, worker: str, now: float) -> None:
    """generation: how often the source changed hands or was taken over anew. now: epoch seconds."""
    before = state.get(NAME) or {}
    lease: Json = {"worker": worker, "since": int(now * 1000), "generation": int(before.get("generation", 0)) + 1}
    await state.put({NAME: lease})
