"""Communication keys of devices (ComKey): the registry holds digests, nobody the keys. Source: DESIGN 2.7, errata Z15.

A digest is `<key id>:<64 hexadecimal digits>`, HMAC-SHA256 of the key as the device sends it, under a tenant's key: a
copy of the registry does not let anybody try out the eight digits that most devices have. After a rotation of the
tenant's key the old digests stay good as long as the old key is in the ring.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence

from runtime.errors import KeyMissing
from runtime.keyring import KeyRing
from runtime.sealing import Sealer

log = logging.getLogger(__name__)


def digest(sealer: Sealer, key: str) -> str:
    """What the registry keeps of `key` (DevicePeriod.key_digests); `sealer` is the tenant's, `keys.sealer(tenant)`."""
    return f"{sealer.key_id}:{sealer.digest(_bytes(key)).hex()}"


def matches(keys: KeyRing, presented: str, digests: Sequence[str]) -> bool:
    """Whether `presented` is one of the keys. Takes as long whichever of them it is, or none.

    No digests match nothing: a device that is asked for no key must not be asked here.
    """
    text = _bytes(presented)
    found = False
    for known in digests:
        key_id, _, expected = known.rpartition(":")
        try:
            own = keys.opener(key_id).digest(text).hex()
        except KeyMissing as error:
            log.error("a communication key cannot be compared: %s", error)
            continue
        found |= hmac.compare_digest(own.encode(), expected.encode())
    return found


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape")
