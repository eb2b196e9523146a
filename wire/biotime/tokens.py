"""How long a JWT says that it lives: a hint, never a proof; the server's clock may be off (spec/connectors.md A4)."""

import base64
import json
from typing import Final

from wire.biotime.values import float_of

_LIMIT: Final = 366 * 86_400.0
_TOKEN_BYTES: Final = 16_384


def jwt_lifetime(token: str, now: float) -> float | None:
    """Seconds from now until it ends; None where it does not say, or says nonsense. now: seconds since the epoch.

    Where the token says when it was issued, the difference of its own two times counts, whatever our clock says.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _TOKEN_BYTES:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    ends = float_of(claims.get("exp"))
    issued = float_of(claims.get("iat", claims.get("orig_iat")))
    if ends is None:
        return None
    lifetime = ends - (now if issued is None else issued)
    return lifetime if 0 < lifetime <= _LIMIT else None
