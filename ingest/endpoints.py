"""What a request is for, told by its method and target alone (spec/zk-push.md 2.2, 2.6)."""

from __future__ import annotations

from typing import Final

from ingest.errors import Poison, Reason
from ingest.metrics import Endpoint
from wire.zkpush.target import Target

_ENDPOINTS: Final = {
    "cdata": Endpoint.UPLOAD,  # or what its parameters say: `_cdata_endpoint`
    "fdata": Endpoint.UPLOAD,
    "getrequest": Endpoint.POLL,
    "devicecmd": Endpoint.RESULT,
    "ping": Endpoint.PING,
    "rtdata": Endpoint.PING,
    "registry": Endpoint.REGISTRY,
    "push": Endpoint.SESSION,
    "querydata": Endpoint.QUERY_DATA,
    "file": Endpoint.FILE,
    "ffile": Endpoint.FILE,
}
# PutFile's addresses as the document prints them, and what some firmware asks for instead (zk-push.md D17).
_FILE_PATHS: Final = ("file/", "ffile/", "filename=")
_LOOKUP_TYPES: Final = frozenset(("lastpunch", "postverifydata"))
_LOOKUP_TABLES: Final = frozenset(("SELFSERVICEDATA", "REMOTEATT"))


def endpoint_of(method: str, target: Target) -> Endpoint:
    endpoint = _ENDPOINTS.get(target.name, Endpoint.OTHER)
    if endpoint is Endpoint.OTHER and target.name.startswith(_FILE_PATHS):
        return Endpoint.FILE
    if endpoint is Endpoint.UPLOAD and target.name == "cdata":
        if method == "GET":
            return _cdata_endpoint(target.params)
        if "authtype" in target.params or target.params.get("type", "").lower() == "postverifydata":
            return Endpoint.LOOKUP
    if target.name == "rtdata" and target.params.get("type", "").lower() == "time":
        return Endpoint.TIME
    return endpoint


def _cdata_endpoint(params: dict[str, str]) -> Endpoint:
    """What a GET is for. One that asks for nothing is an upload without rows: old agents send an empty POST so."""
    kind = params.get("type", "").lower()
    if kind == "time":
        return Endpoint.TIME
    if "options" in params:
        return Endpoint.HANDSHAKE
    if kind in _LOOKUP_TYPES or "authtype" in params or params.get("table", "").upper() in _LOOKUP_TABLES:
        return Endpoint.LOOKUP
    return Endpoint.UPLOAD


def require_servable(method: str, target: Target) -> None:
    if method not in ("GET", "POST"):
        raise Poison(Reason.METHOD, "only GET and POST are served\n", status=405)
    if not target.name:
        raise Poison(Reason.NOT_FOUND, "nothing here; devices push to /iclock/\n", status=404)
