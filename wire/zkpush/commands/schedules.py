"""Lockout schedules, called time zones, of users and groups (document VI 3, 7.15; the newer forms from the field).

A user's own schedules are the parameter `schedules` of user.update (7.15.3).
"""

from dataclasses import replace
from typing import Final

from wire.zkpush.commands.entry import Entry, Firmware, Kind, Parameter, flag
from wire.zkpush.commands.users import VERIFY_MODES
from wire.zkpush.commands.values import MAX_SCHEDULE

_FIELD: Final = "field: zk-push.md 2.5, newer attendance firmware"
_SCHEDULE: Final = Parameter("schedule", "TZID", Kind.INTEGER, "its ID", low=1, high=MAX_SCHEDULE)
_GROUP: Final = Parameter("group", "ID", Kind.INTEGER, "group number", required=True, low=1, high=99)
_UID: Final = Parameter("uid", "UID", Kind.INTEGER, "its ID", required=True, low=1, high=255)
_DAY_KEYS: Final = ("Sun", "Mon", "Tues", "Wed", "Thurs", "Fri", "Sat")

SCHEDULES: Final = (
    Entry(
        "timezone.update",
        "VI 7.15.1",
        "Add or change a lockout schedule",
        "DATA UPDATE TIMEZONE",
        (
            replace(_SCHEDULE, required=True),
            Parameter("times", "TIME", Kind.WEEK, "seven hh:mm-hh:mm from Sunday, parted by ';'", required=True),
        ),
        firmware=Firmware.TFT,
        errata=("Z10",),
        note="The sample in print has 48 digits; a week needs 56.",
    ),
    Entry(
        "timezone.delete",
        "VI 7.15.2",
        "Reset one lockout schedule, or all, to 00:00-23:59",
        "DATA DELETE TIMEZONE",
        (_SCHEDULE,),
        firmware=Firmware.TFT,
        destroys=True,
        all_keys=("schedule",),
        errata=("Z10",),
        note="The two notes are exchanged in print: without TZID all are reset.",
    ),
    Entry(
        "timezone.reset",
        "VI 3",
        "Reset all lockout schedules to 00:00-23:59",
        "RESET ALL TIMEZONE",
        firmware=Firmware.TFT,
        destroys=True,
        max_sends=1,
    ),
    Entry(
        "group_schedule.update",
        "VI 7.15.4",
        "Set the lockout schedules of a group",
        "DATA UPDATE AccGroup",
        (
            _GROUP,
            Parameter("verify_mode", "Verify", Kind.CHOICE, "Table 2.3", required=True, choices=VERIFY_MODES),
            Parameter("holiday", "Validholiday", Kind.CHOICE, default=0, choices={0: "not built yet"}),
            Parameter("schedules", "TZ", Kind.GROUP_SCHEDULES, "up to three ids such as 1,2,16", required=True),
        ),
        firmware=Firmware.TFT,
        errata=("Z5", "Z10"),
        note="Printed with blanks; every other DATA command, and the field's form of this one, has tabs.",
    ),
    Entry(
        "acc_group.update",
        _FIELD,
        "Set the time zones of an access group",
        "DATA UPDATE AccGroup",
        (
            _GROUP,
            Parameter("verify", "Verify", Kind.INTEGER, "verify mode", default=0, high=255),
            flag("holiday", "ValidHoliday", "holidays count", required=True),
            Parameter("timezones", "TZ", Kind.GROUP_PERIODS, "three ids such as 1;0;0", required=True, high=255),
        ),
        firmware=Firmware.PUSH_2,
    ),
    Entry(
        "acc_timezone.update",
        _FIELD,
        "Add or change an access time zone",
        "DATA UPDATE AccTimeZone",
        (
            _UID,
            *(
                Parameter(f"{key.lower()}_{end.lower()}", f"{key}{end}", Kind.CLOCK, default=time)
                for key in _DAY_KEYS
                for end, time in (("Start", "00:00"), ("End", "23:59"))
            ),
        ),
        firmware=Firmware.PUSH_2,
    ),
    Entry(
        "acc_holiday.update",
        _FIELD,
        "Add or change an access holiday",
        "DATA UPDATE AccHoliday",
        (
            _UID,
            Parameter("name", "HolidayName", Kind.TEXT, required=True, max_characters=24, max_bytes=72),
            Parameter("first_day", "StartDate", Kind.MONTH_DAY, required=True),
            Parameter("last_day", "EndDate", Kind.MONTH_DAY, required=True),
            Parameter("timezone", "TimeZone", Kind.INTEGER, "its ID", required=True, high=255),
        ),
        firmware=Firmware.PUSH_2,
        errata=("Z9",),
    ),
    Entry(
        "unlock_combination.update",
        _FIELD,
        "Set which groups unlock together",
        "DATA UPDATE AccUnLockComb",
        (
            _UID,
            *(
                Parameter(f"group_{number}", f"Group{number}", Kind.INTEGER, "0: none", default=0, high=99)
                for number in range(1, 6)
            ),
        ),
        firmware=Firmware.PUSH_2,
    ),
)
