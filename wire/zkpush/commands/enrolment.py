"""Enrolment at the device, asked for by the server (document VI 12; card and biometric from the field).

Sent once: a resend would ask the person again.
"""

from dataclasses import replace
from typing import Final

from wire.zkpush.commands.biometrics import FIELD, FINGER, TYPE
from wire.zkpush.commands.entry import PIN, Capability, Entry, Firmware, Kind, Parameter
from wire.zkpush.commands.results import CARD_ENROLMENT, ENROLMENT

_RETRY: Final = Parameter("retry", "RETRY", Kind.INTEGER, "tries after a failure", default=3, high=10)

ENROLMENTS: Final = (
    Entry(
        "enroll.fingerprint",
        "VI 12.1",
        "Ask for a finger at the device",
        "ENROLL_FP",
        (
            PIN,
            FINGER,
            _RETRY,
            Parameter(
                "overwrite",
                "OVERWRITE",
                Kind.CHOICE,
                default=1,
                choices={0: "keep the old finger, newer firmware", 1: "overwrite", 2: "keep the old finger"},
            ),
        ),
        results=ENROLMENT,
        max_sends=1,
        errata=("Z2", "Z10"),
        note="To keep the old finger: 2 in the document, 0 on newer firmware, which may read 2 as overwrite.",
        capability=Capability.FINGERPRINT,
    ),
    Entry(
        "enroll.card",
        FIELD,
        "Ask for a card at the device",
        "ENROLL_MF",
        (PIN, _RETRY),
        firmware=Firmware.PUSH_2,
        results=CARD_ENROLMENT,
        max_sends=1,
    ),
    Entry(
        "enroll.biometric",
        FIELD,
        "Ask for a face, palm or finger at the device",
        "ENROLL_BIO",
        (
            replace(TYPE, key="TYPE", required=True),
            Parameter("number", "NO", Kind.INTEGER, "finger or hand", high=255),
            PIN,
            Parameter("card", "CardNo", Kind.CARD, default="", may_be_empty=True, secret=True),
            _RETRY,
            Parameter(
                "overwrite", "OVERWRITE", Kind.CHOICE, default=1, choices={0: "keep the old one", 1: "overwrite"}
            ),
        ),
        firmware=Firmware.PUSH_2,
        results=ENROLMENT,
        max_sends=1,
        errata=("Z2",),
    ),
)
