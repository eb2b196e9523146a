"""Work codes, job codes and their groups, tip codes (document VI 7.12 to 7.14)."""

from dataclasses import replace
from typing import Final

from wire.zkpush.commands.entry import Entry, Firmware, Kind, Parameter, flag

_WORK_CODE: Final = Parameter("code", "CODE", Kind.INTEGER, "work code", high=999_999_999)
_NAME: Final = Parameter(
    "name", "Name", Kind.TEXT, "shown on the device", required=True, max_characters=24, max_bytes=72
)
_GROUP: Final = Parameter("group", "ID", Kind.INTEGER, "job code group", required=True, low=1, high=6)
_JOB_CODE: Final = Parameter("number", "Number", Kind.INTEGER, "job code", required=True, high=999_999_999)
_JOB_GROUP: Final = replace(_GROUP, key="JobCodeGroupId")
_TIP: Final = Parameter("tip", "ID", Kind.INTEGER, "tip code", required=True, low=1, high=3)
_ENABLED: Final = flag("enabled", "Enable", required=True)

CODES: Final = (
    Entry(
        "workcode.update",
        "VI 7.12.1",
        "Add or change a work code",
        "DATA UPDATE WORKCODE",
        (replace(_WORK_CODE, required=True), _NAME),
        errata=("Z9",),
    ),
    Entry(
        "workcode.delete",
        "VI 7.12.2",
        "Delete one work code, or all",
        "DATA DELETE WORKCODE",
        (_WORK_CODE,),
        destroys=True,
        all_keys=("code",),
        errata=("Z10",),
    ),
    Entry(
        "jobcode_group.update",
        "VI 7.13.1",
        "Add or change a job code group",
        "DATA UPDATE JOBCODEGROUP",
        (_GROUP, _NAME, _ENABLED),
        firmware=Firmware.TFT,
        errata=("Z9",),
    ),
    Entry(
        "jobcode.update",
        "VI 7.13.2",
        "Add or change a job code",
        "DATA UPDATE JOBCODE",
        (_JOB_CODE, _NAME, _JOB_GROUP),
        firmware=Firmware.TFT,
        errata=("Z9", "Z10"),
        note='The "=" behind JobCodeGroupId is lost in print.',
    ),
    Entry(
        "jobcode_group.delete",
        "VI 7.13.3",
        "Delete a job code group",
        "DATA DELETE JOBCODEGROUP",
        (_GROUP,),
        firmware=Firmware.TFT,
        destroys=True,
    ),
    Entry(
        "jobcode.delete",
        "VI 7.13.4",
        "Delete a job code of a group",
        "DATA DELETE JOBCODE",
        (_JOB_CODE, _JOB_GROUP),
        firmware=Firmware.TFT,
        destroys=True,
    ),
    Entry(
        "tipcode.update",
        "VI 7.14.1",
        "Name, activate or deactivate a tip code",
        "DATA UPDATE TIPCODE",
        (_TIP, _NAME, _ENABLED),
        firmware=Firmware.TFT,
        errata=("Z9",),
    ),
)
