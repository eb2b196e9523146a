"""Fetches what PutFile names (document, 10.2; spec/zk-push.md D17)."""

from urllib.parse import urlsplit

from simulate.fleet.errors import ExchangeError
from simulate.fleet.exchange import Line
from simulate.fleet.requests import Requests

MAX_FILE_BYTES = 16 * 1024 * 1024
_SECONDS = 60.0


async def download(url: str, address: tuple[str, int], requests: Requests) -> bytes | None:
    """The content, or None when there is none: an absolute http URL by its path from its host, else from the edge."""
    try:
        parts = urlsplit(url)
        if parts.scheme and (parts.scheme != "http" or not parts.hostname):
            return None
        where = (parts.hostname, parts.port or 80) if parts.hostname else address
    except ValueError:
        return None
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = requests.whole_path(target) if parts.path.startswith("/") else requests.file(url)
    line = Line(where, keep_alive=False)
    try:
        reply = await line.exchange(request, _SECONDS, MAX_FILE_BYTES + 4096)
    except ExchangeError:
        return None
    return reply.body if reply.status == 200 else None
