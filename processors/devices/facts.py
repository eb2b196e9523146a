"""What the registry and the settings say of a device, as the engine needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from schemas.registry import TimeZoneForm


class Standing(Enum):
    """Whether the registry lets a device in now."""

    NAMED = auto()  # a period of it holds
    REFUSED = auto()  # a period holds and says that it is kept out
    RETIRED = auto()  # it has a record, but no period holds now
    UNNAMED = auto()  # no record: edges that accept unknown devices serve it all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """zone: IANA; clock: `zone` or `fixed:+HH:MM`; offline_after_ms: without a sign of it for so long it is offline;
    realtime: it is told to upload punches at once; time_zone_form: None lets us choose (errata Z4)."""

    standing: Standing
    site: str = ""
    zone: str = "UTC"
    clock: str = "zone"
    offline_after_ms: int = 180_000
    realtime: bool = True
    transaction_capacity: int | None = None
    time_zone_form: TimeZoneForm | None = None


FactsOf = Callable[[str, int], DeviceFacts]  # serial in upper case, epoch ms
