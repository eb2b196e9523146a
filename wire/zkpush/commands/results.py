"""Result codes: one table per family of commands, since the document's tables contradict each other (errata Z2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Word = Literal["done", "failed", "pending"]


@dataclass(frozen=True, slots=True)
class Result:
    """What one code means."""

    meaning: str
    success: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The codes of a family. Where `amount` is set, every code from 0 up is a success that counts those."""

    name: str
    source: str
    codes: Mapping[int, Result]
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result in words."""

    word: Word
    meaning: str


_SUCCESS: Final = {0: Result("success", success=True)}
_SHARED: Final = {
    -5000: Result("taken by the master device, the final answer follows", pending=True),  # D10
    -1008: Result("the device could not fetch the server's data"),
    -1007: Result("memory error"),
    -1006: Result("the data is too long"),
    -1005: Result("the device is busy"),
    -1004: Result("the data does not fit the device's configuration"),
    -1003: Result("the command timed out on the device"),
    -1002: Result("the device does not support it"),
    -1001: Result("the device's capacity is used up"),
    -629: Result("the firmware refuses this table"),
    -30: Result("the template's algorithm version is not the device's"),
    -22: Result("unknown command"),
}
_TEMPLATES: Final = {
    -9: Result("the template's size is not the given Size"),
    -10: Result("the device has no user with this PIN"),
    -11: Result("the fingerprint template's format is not valid"),
    -12: Result("the fingerprint template is not valid"),
}
_TABLE_2_7: Final = {
    -1: Result("parameter error, or the device's database is not ready"),
    -2: Result("wrong operation"),
    -3: Result("access error, or flash input/output error"),
    -4: Result("no matching data"),
    -5: Result("no space left"),
    -6: Result("the data is not valid"),
    **_TEMPLATES,
}
_APPENDIX_1: Final = {
    -1: Result("a parameter is wrong"),
    -2: Result("the picture's size is not the given Size"),
    -3: Result("reading or writing failed"),
    **_TEMPLATES,
}

GENERAL: Final = ResultTable("general", "document 2.4.5 Table 2.7", {**_SUCCESS, **_TABLE_2_7, **_SHARED})
PICTURE: Final = ResultTable(
    "picture",
    "document VI 7.9",
    {
        **_SHARED,
        **_SUCCESS,
        -1: Result("the device does not support user pictures"),
        -2: Result("download error, the picture may be too large"),
        -3: Result("parameter error"),
    },
)
QUERY: Final = ResultTable(
    "query", "document VI Appendix 1; field D10", {**_SUCCESS, **_APPENDIX_1, **_SHARED}, amount="records"
)
ENROLMENT: Final = ResultTable(
    "enrolment",
    "document VI Appendix 1",
    {
        **_SUCCESS,
        **_APPENDIX_1,
        **_SHARED,
        2: Result("this finger of the user is already enrolled"),
        4: Result("enrolment failed: poor quality, or not the same finger three times"),
        5: Result("the finger is already enrolled for somebody"),
        6: Result("enrolment was cancelled"),
        7: Result("the device is busy and cannot enrol"),
    },
)
CARD_ENROLMENT: Final = ResultTable(
    "card enrolment",
    "field, newer attendance firmware",
    {
        **_SHARED,
        **_SUCCESS,
        -1: Result("parameter error"),
        -3: Result("access error"),
        4: Result("enrolment failed as often as was allowed"),
        5: Result("nobody came in time"),
        6: Result("left with the ESC key"),
    },
)
FILE: Final = ResultTable("file", "document VI 10; field D10", {**_TABLE_2_7, **_SHARED}, amount="bytes")
SHELL: Final = ResultTable(
    "shell",
    "document VI 1; field D8",
    {**_SUCCESS, **_SHARED, -1: Result("the system command could not be started"), 127: Result("no such program")},
)


def read_code(table: ResultTable, return_code: int | None) -> Outcome:
    """A code in words; a code that no table knows is a failure and says so."""
    if return_code is None:
        return Outcome("failed", "the answer carries no Return code")
    if table.amount and return_code >= 0 and return_code not in table.codes:
        return Outcome("done", f"{return_code} {table.amount}")
    result = table.codes.get(return_code)
    if result is None:
        return Outcome("failed", f"code {return_code}, not in the {table.name} table ({table.source})")
    if result.pending:
        return Outcome("pending", result.meaning)
    return Outcome("done" if result.success else "failed", result.meaning)
