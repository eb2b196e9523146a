"""Small pictures and templates, the same for the same words: a whole JPEG of one grey pixel with a long comment."""

import base64
import random

_START = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
_TABLE = b"\x01" + bytes(16)  # one code of one bit, for the symbol 0
_PIXEL = (
    bytes.fromhex("ffc0000b080001000101011100")
    + b"\xff\xc4\x00\x14\x00" + _TABLE
    + b"\xff\xc4\x00\x14\x10" + _TABLE
    + bytes.fromhex("ffda0008010100003f00" "3f" "ffd9")
)  # fmt: skip


def jpeg(words: str, least: int = 300, most: int = 3000) -> bytes:
    """A JPEG picture; its comment is noise of `least` to `most` bytes, with NUL and newline among them."""
    rng = random.Random(words)
    noise = b"\x00\n" + rng.randbytes(rng.randint(least, most))
    return _START + b"\xff\xfe" + (len(noise) + 2).to_bytes(2, "big") + noise + _PIXEL


def template(words: str, least: int = 300, most: int = 900) -> str:
    """A biometric template as BASE64 text."""
    rng = random.Random(words)
    return base64.b64encode(rng.randbytes(rng.randint(least, most))).decode()
