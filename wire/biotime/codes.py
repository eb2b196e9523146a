"""What the family's codes mean, in words; "" for one that is not known. They are not the codes of a pushing terminal:
2 to 5 are break and overtime here, and verify 4 is a card (spec/connectors.md A2). Words as in wire.zkpush.words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

STATE_NOT_TRACKED: Final = 255
SOURCE_MANUAL: Final = 0
SOURCE_DEVICE: Final = 1
SOURCE_MOBILE: Final = 3
MOBILE_SERIAL: Final = "App"

STATE_WORDS: Final[Mapping[int, str]] = {
    0: "check in",
    1: "check out",
    2: "break out",
    3: "break in",
    4: "overtime in",
    5: "overtime out",
}
VERIFY_WORDS: Final[Mapping[int, str]] = {0: "any", 1: "fingerprint", 4: "badge", 15: "face", 25: "palm"}
SOURCE_WORDS: Final[Mapping[int, str]] = {SOURCE_MANUAL: "manual", SOURCE_DEVICE: "device", SOURCE_MOBILE: "mobile"}


class AuditStatus(StrEnum):
    """How a manual log stands. Only pending (1) and approved (2) are printed in a document."""

    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"  # any status, with a reason for revoking
    UNKNOWN = "unknown"


def state_word(code: int | None) -> str:
    return "" if code is None else STATE_WORDS.get(code, "")


def verify_word(code: int | None) -> str:
    return "" if code is None else VERIFY_WORDS.get(code, "")


def source_word(code: int | None) -> str:
    return "" if code is None else SOURCE_WORDS.get(code, "")
