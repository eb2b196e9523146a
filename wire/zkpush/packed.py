"""Bodies that are packed and hold no readable rows: kept whole, answered, dead-lettered (T14, T15)."""

from collections.abc import Mapping

from wire.zkpush.rows import LineError, LineReason


def packed_body(body: bytes, params: Mapping[str, str]) -> LineError | None:
    """The error of a packed body (line 0, all its bytes), None for any other; for every table.

    `params` are those of the target (keys in lower case): `ContentType=tgz` is said there, not in a header.
    """
    if params.get("contenttype", "").strip().lower() == "tgz":
        return LineError(0, LineReason.COMPRESSED_TGZ, body, "ContentType=tgz: several tables packed in one archive")
    if body.startswith(b"LZO1"):
        return LineError(0, LineReason.COMPRESSED_LZO, body, "LZO-compressed: Encrypt must be 0 in the handshake")
    if body.startswith(b"\x1f\x8b"):
        return LineError(0, LineReason.COMPRESSED_GZIP, body, "gzip-compressed body (tgz)")
    return None
