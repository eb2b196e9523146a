"""The document's code lists in words (errata A3). A code that is not here is kept as sent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CodeList = Mapping[str, str]


def _codes(*words: str, first: int = 0) -> CodeList:
    return MappingProxyType({str(number): word for number, word in enumerate(words, first)})


DOOR_TYPES: Final = _codes("unknown", "card", "pin", "public", "face")  # Api doorlog
DOOR_STATUS: Final = _codes("success", "failed")
CALL_TYPES: Final = _codes("all", "dialed", "received", "missed", "forwarded", "unknown")  # Api calllog
CALL_TYPE_NAMES: Final = ("All", "Dialed", "Received", "Missed", "Forwarded", "Unknow")  # as sent, misprint and all
TAGS: Final = _codes("allowed", "frequency", "forbidden", "schedule")  # Api rfkey
DIAL_TYPES: Final = _codes("auto", "account 1", "account 2")  # Api contact
LINES: Final = DIAL_TYPES  # Api dialreplace
RELAY_TYPES: Final = _codes("NC-COM open", "NO-COM open")  # Api relay
RELAY_MODES: Final = _codes("auto close", "manual")  # Api relay trig
RELAY_NUMBERS: Final = _codes("A", "B", "C", first=1)
RELAY_LEVELS: Final = _codes("NO-COM", "NC-COM")
INPUT_OPTIONS: Final = _codes("low", "high")  # Api input
PUBLIC_KEY_DIGITS: Final = _codes("8", "4", "5", "6", "7")  # Api publiccode, PublicKeyBitsLimit
LOG_LEVELS: Final = _codes("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")  # Api log
PORT_TYPES: Final = _codes("dhcp", "static")  # Api system
LINK_STATUS: Final = _codes("disconnected", "connected", "ip conflict")
ACCOUNT_STATUS: Final = _codes("unknown", "disabled", "registering", "registered", "registration failed", first=-1)
LOG_FILES: Final = ("log", "kmsg", "log_debug")  # Api log export, type
CONTACT_FILES: Final = ("csv", "xml", "vcf")  # Api contact export, filetype
PCAP_TYPES: Final = ("auto", "manual")  # Api pcap start, type
MAX_FREQUENCY: Final = 65_535
MAX_RELAY_DELAY_SECONDS: Final = 65_535
MAX_PCAP_SECONDS: Final = 180


def code_word(codes: CodeList, value: object) -> str:
    """The word of a code sent as number or text; empty when the document has none."""
    return codes.get(str(value).strip(), "")
