"""Short messages on the device's screen and whose they are (document VI 7.11), and self service (13.1)."""

from typing import Final

from wire.zkpush.commands.entry import PIN, Entry, Firmware, Kind, Parameter, flag

_UID: Final = Parameter("uid", "UID", Kind.INTEGER, "message ID", low=1, high=65_535)
_REQUIRED_UID: Final = Parameter("uid", "UID", Kind.INTEGER, "message ID", required=True, low=1, high=65_535)

MESSAGES: Final = (
    Entry(
        "sms.update",
        "VI 7.11.1",
        "Add or change a short message",
        "DATA UPDATE SMS",
        (
            Parameter("message", "MSG", Kind.TEXT, "at most 320 bytes (field)", required=True, max_bytes=320),
            Parameter(
                "tag",
                "TAG",
                Kind.CHOICE,
                "who sees it",
                required=True,
                choices={253: "everybody", 254: "the users that it is assigned to"},
            ),
            _REQUIRED_UID,
            Parameter("minutes", "MIN", Kind.INTEGER, "how long it is shown", required=True, high=65_535),
            Parameter("start_time", "StartTime", Kind.TIME_BLANK, "device-local", required=True),
        ),
        errata=("Z9",),
    ),
    Entry("sms.assign", "VI 7.11.2", "Give a short message to a user", "DATA UPDATE USER_SMS", (PIN, _REQUIRED_UID)),
    Entry(
        "sms.delete",
        "VI 7.11.3",
        "Delete one short message, or all",
        "DATA DELETE SMS",
        (_UID,),
        destroys=True,
        all_keys=("uid",),
        errata=("Z10",),
    ),
    Entry(
        "self_service.update",
        "VI 13.1",
        "Add or change a self service",
        "DATA UPDATE SELFSERVICEINFO",
        (
            Parameter("service", "ServiceNum", Kind.INTEGER, "its ID", required=True, low=1, high=65_535),
            Parameter("name", "ServiceName", Kind.TEXT, required=True, max_characters=24, max_bytes=72),
            flag("enabled", "Enable", required=True),
        ),
        firmware=Firmware.TFT,
        errata=("Z9",),
        note="Deprecated in favour of the dialogue (13.3), whose answers are no commands.",
    ),
)
