"""HTTP Digest as Akuvox stations want it: aiohttp's, with two changes.

aiohttp 3.14.5 takes any realm, keeps the nonce and raises nc, and answers a stale nonce once with the new one: all that
is right. But of `qop="auth,auth-int"` it chooses auth-int, where stations expect auth (spec/connectors.md A5), and it
keeps the connection of the refused request open while it sends the next, where a station serves one at a time.
"""

from __future__ import annotations

from aiohttp import ClientError, ClientResponse, DigestAuthMiddleware, Payload
from aiohttp.client_middleware_digest_auth import parse_header_pairs
from yarl import URL

CHALLENGE = "WWW-Authenticate"


class ChallengeUnusable(Exception):
    """The station's challenge cannot be answered: nothing was done by the request."""


class StationDigest(DigestAuthMiddleware):
    """One station's nonce and count. Not to be shared: nc is per station."""

    def _authenticate(self, response: ClientResponse) -> bool:
        again = super()._authenticate(response)
        if again:
            if "auth" in (piece.strip() for piece in self._challenge.get("qop", "").split(",")):
                self._challenge["qop"] = "auth"
            response.close()
        return again

    async def _encode(self, method: str, url: URL, body: Payload | bytes) -> str:
        try:
            return await super()._encode(method, url, body)  # type: ignore[arg-type] # it says Literal[b""] for bytes
        except ClientError as error:
            raise ChallengeUnusable(str(error)) from None


def is_stale(challenge: str) -> bool:
    """Whether a WWW-Authenticate says that the nonce alone was refused, not the password."""
    scheme, _, pairs = challenge.partition(" ")
    words = {name.lower(): value.lower() for name, value in parse_header_pairs(pairs).items()}
    return scheme.lower() == "digest" and words.get("stale") == "true"
