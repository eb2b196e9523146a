"""Keys of `timecards.state` that are the partition's own, not somebody's."""

from __future__ import annotations

from typing import Final

PROGRESS_KEY: Final = b"+progress"
SITE_PREFIX: Final = b"+site+"
PERIOD_PREFIX: Final = b"+period+"
SWEEP_PREFIX: Final = b"+sweep+"
PIN_PREFIX: Final = b"+pin+"


def site_key(site: str) -> bytes:
    return SITE_PREFIX + site.encode()


def period_state_key(key: bytes) -> bytes:
    """key: schemas.payperiods.period_key."""
    return PERIOD_PREFIX + key


def sweep_key(number: int) -> bytes:
    return SWEEP_PREFIX + b"%010d" % number


def pin_key(digest: str) -> bytes:
    return PIN_PREFIX + digest.encode()
