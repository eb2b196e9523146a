"""Templates of fingers, faces, veins and palms, comparison photos (document VI 7.4, 7.5, 7.7, 7.8, 11.3; the unified
tables from the field)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from wire.zkpush.commands.entry import PIN, Answer, Capability, Entry, Firmware, Kind, Parameter, flag
from wire.zkpush.commands.results import QUERY

FIELD: Final = "field: zk-push.md 2.5, newer attendance firmware"
MAX_TEMPLATE: Final = 128 * 1024  # base64; captures show up to 37 KB (O7)
MAX_PHOTO: Final = 1024 * 1024
BIO_TYPES: Final[Mapping[int | str, str]] = {
    0: "general",
    1: "fingerprint",
    2: "face, near infrared",
    3: "voice",
    4: "iris",
    5: "retina",
    6: "palm print",
    7: "finger vein",
    8: "palm vein",
    9: "face, visible light",
    10: "palm, visible light",
}
_VALID: Final[Mapping[int | str, str]] = {0: "invalid", 1: "valid", 3: "duress, newer firmware"}
_SIZE: Final = Parameter("size", "Size", Kind.LENGTH, "computed", of="template")
_TEMPLATE: Final = Parameter(
    "template", "TMP", Kind.BASE64, "the template", required=True, max_bytes=MAX_TEMPLATE, secret=True
)
_IS_VALID: Final = Parameter("valid", "Valid", Kind.CHOICE, "duress as 3", default=1, choices=_VALID)
# The document counts fingers from 1 to 10 in 11.3; newer firmware from 0 to 9.
FINGER: Final = Parameter(
    "finger", "FID", Kind.INTEGER, "0 to 9; 1 to 10 in the document's 11.3", high=10, required=True
)
_FACE: Final = Parameter("face", "FID", Kind.INTEGER, "number of the face template", high=63, required=True)
_FINGER_TEMPLATE: Final = (PIN, FINGER, _SIZE, _IS_VALID, _TEMPLATE)
_ONE_OR_ALL: Final = (replace(PIN, required=False), replace(FINGER, required=False, needs="pin"))
_PIN: Final = replace(PIN, key="Pin")  # these tables write it so
TYPE: Final = Parameter("type", "Type", Kind.CHOICE, "what it is of", choices=BIO_TYPES)
_NUMBER: Final = Parameter("number", "No", Kind.INTEGER, "finger, eye or hand", high=255)


def _check_photo(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    if ("content" in wire) == ("url" in wire):
        raise ValueError("give content (base64) or url, one of the two")
    wire["format"] = "1" if "url" in wire else "0"


BIOMETRICS: Final = (
    Entry(
        "fingerprint.update",
        "VI 7.4",
        "Add or change a fingerprint",
        "DATA UPDATE FINGERTMP",
        _FINGER_TEMPLATE,
        note="Templates of algorithm version 10 and below (field).",
        capability=Capability.FINGERPRINT,
    ),
    Entry(
        "fingerprint.update_old",
        "VI 7.4",
        "Add or change a fingerprint, old form",
        "DATA FP",
        _FINGER_TEMPLATE,
        firmware=Firmware.BLACK_AND_WHITE,
        note="Printed as FP alone; old firmware reads the word behind DATA (field).",
        capability=Capability.FINGERPRINT,
    ),
    Entry(
        "fingerprint.delete",
        "VI 7.7",
        "Delete one finger, a user's fingers, or all fingerprints",
        "DATA DELETE FINGERTMP",
        _ONE_OR_ALL,
        destroys=True,
        all_keys=("pin",),
        errata=("Z10",),
        capability=Capability.FINGERPRINT,
    ),
    Entry(
        "fingerprint.query",
        "VI 11.3",
        "Have fingerprints uploaded: one finger, a user's, or all",
        "DATA QUERY FINGERTMP",
        _ONE_OR_ALL,
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="FINGERTMP",
        all_keys=("pin",),
        errata=("Z10",),
        capability=Capability.FINGERPRINT,
    ),
    Entry(
        "face.update",
        "VI 7.5",
        "Add or change a face template",
        "DATA UPDATE FACE",
        (PIN, _FACE, _SIZE, _IS_VALID, _TEMPLATE),
        capability=Capability.FACE,
    ),
    Entry(
        "face.delete",
        "VI 7.8",
        "Delete a user's face templates, or all",
        "DATA DELETE FACE",
        (replace(PIN, required=False),),
        destroys=True,
        all_keys=("pin",),
        errata=("Z10",),
        capability=Capability.FACE,
    ),
    Entry(
        "finger_vein.update",
        FIELD,
        "Add or change a finger vein template",
        "DATA UPDATE FVEIN",
        (
            _PIN,
            replace(FINGER, high=9),
            Parameter("index", "Index", Kind.INTEGER, high=2, required=True),
            _IS_VALID,
            _SIZE,
            replace(_TEMPLATE, key="Tmp"),
        ),
        firmware=Firmware.PUSH_2,
    ),
    Entry(
        "finger_vein.delete",
        FIELD,
        "Delete a user's finger veins",
        "DATA DELETE FVEIN",
        (_PIN, replace(FINGER, high=9, required=False)),
        firmware=Firmware.PUSH_2,
        destroys=True,
    ),
    Entry(
        "biodata.update",
        FIELD,
        "Add or change a unified template",
        "DATA UPDATE BIODATA",
        (
            _PIN,
            replace(_NUMBER, required=True),
            Parameter("index", "Index", Kind.INTEGER, "number of the template", default=0, high=255),
            _IS_VALID,
            flag("duress", "Duress", "duress finger"),
            replace(TYPE, required=True),
            Parameter("major_version", "MajorVer", Kind.INTEGER, "of the algorithm", required=True, high=999),
            Parameter("minor_version", "MinorVer", Kind.INTEGER, "of the algorithm", required=True, high=999),
            Parameter("format", "Format", Kind.CHOICE, default=0, choices={0: "ZK", 1: "ISO", 2: "ANSI"}),
            replace(_TEMPLATE, key="Tmp"),
        ),
        firmware=Firmware.PUSH_2,
    ),
    Entry(
        "biodata.delete",
        FIELD,
        "Delete a user's unified templates",
        "DATA DELETE BIODATA",
        (_PIN, TYPE, replace(_NUMBER, needs="type")),
        firmware=Firmware.PUSH_2,
        destroys=True,
    ),
    Entry(
        "biodata.query",
        FIELD,
        "Have unified templates of a type uploaded",
        "DATA QUERY BIODATA",
        (replace(TYPE, required=True), replace(_PIN, required=False), replace(_NUMBER, needs="pin")),
        firmware=Firmware.PUSH_2,
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="BIODATA",
        all_keys=("pin",),
    ),
    Entry(
        "biodata.clear",
        FIELD,
        "Delete all unified templates",
        "CLEAR BIODATA",
        firmware=Firmware.PUSH_2,
        destroys=True,
        max_sends=1,
    ),
    Entry(
        "biophoto.update",
        FIELD,
        "Send a comparison photo, from which the device makes a template",
        "DATA UPDATE BIOPHOTO",
        (
            PIN,
            replace(TYPE, default=9),
            Parameter("size", "Size", Kind.LENGTH, "computed", of="content"),
            Parameter("content", "Content", Kind.BASE64, "the picture", max_bytes=MAX_PHOTO, secret=True),
            Parameter("format", "Format", Kind.LENGTH, "computed: 0 content, 1 url"),
            Parameter("url", "Url", Kind.URL, "instead of content", max_bytes=250),
            flag("return_template", "PostBackTmpFlag", "the device uploads the template made"),
        ),
        firmware=Firmware.PUSH_2,
        check=_check_photo,
    ),
    Entry(
        "biophoto.delete",
        FIELD,
        "Delete a user's comparison photos",
        "DATA DELETE BIOPHOTO",
        (PIN, TYPE),
        firmware=Firmware.PUSH_2,
        destroys=True,
    ),
)
