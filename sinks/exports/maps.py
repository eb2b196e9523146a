"""Column maps: how the neutral rows become the file that a payroll system takes. A map is a small TOML file.

    title = "ADP-like"
    file_name = "PR{company_code}EPI.csv"
    layout = "wide"            # one row for each employee and week, or "long": one for each code as well, or "neutral"
    header = true
    delimiter = ","
    ignore = ["night"]         # buckets that do not go into the file
    [codes]                    # bucket: the payroll system's code
    ot2 = "D"
    [[columns]]
    name = "File #"
    text = "{payroll_number:0>6}"
    [[columns]]
    name = "Reg Hours"
    hours = ["reg"]            # wide: sum of these buckets
    [[columns]]
    name = "Hours 3 Code"
    slot = 3                   # wide: the first bucket that only has a code; slot 4 the second; more make another row
    part = "code"              # code, hours or minutes

Texts may name employee, payroll_number (the code where there is none), employer, company_code, pay_group, first, last,
week_start, week_end, adjustment ("" or "A"); long: bucket, code, hours, minutes. Dates take strftime's forms:
{last:%m/%d/%Y}. Source: spec/timecards.md D.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.timecards import BUCKETS
from sinks.errors import ExportRefused
from sinks.exports.rows import LEAVE, NIGHT

PRESETS: Final = ("neutral", "adp", "paychex", "quickbooks")
_TEXTS: Final = frozenset(
    {
        *("employee", "payroll_number", "employer", "company_code", "pay_group", "adjustment"),
        *("bucket", "code", "hours", "minutes"),
    }
)
_DATES: Final = frozenset({"first", "last", "week_start", "week_end"})


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Closed):
    """One of text, hours, minutes, slot."""

    name: Annotated[str, Field(min_length=1)]
    text: str | None = None
    hours: tuple[str, ...] | None = None
    minutes: tuple[str, ...] | None = None
    slot: Annotated[int, Field(ge=1)] | None = None
    part: Literal["code", "hours", "minutes"] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        if sum(given is not None for given in (self.text, self.hours, self.minutes, self.slot)) != 1:
            raise ValueError(f"column {self.name!r} needs one of text, hours, minutes, slot")
        if (self.slot is None) != (self.part is None):
            raise ValueError(f"column {self.name!r}: slot and part belong together")
        if self.text is not None:
            check_template(self.text)
        return self


class ColumnMap(_Closed):
    """A whole map."""

    title: Annotated[str, Field(min_length=1)]
    file_name: Annotated[str, Field(min_length=1)]
    layout: Literal["neutral", "wide", "long"]
    header: bool = True
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    ignore: tuple[str, ...] = ()
    codes: Mapping[str, str] = Field(default_factory=dict)
    columns: tuple[Column, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> ColumnMap:
        check_template(self.file_name)
        if "/" in self.file_name or "\\" in self.file_name:
            raise ValueError("file_name is a name without folders")
        if self.layout == "neutral" and (self.columns or self.codes):
            raise ValueError("the neutral layout has its own columns")
        if self.layout != "neutral" and not self.columns:
            raise ValueError("there are no columns")
        if self.layout == "long" and any(column.text is None for column in self.columns):
            raise ValueError("a long layout has columns of text only: {code}, {hours}, {minutes}")
        for bucket in (*self.codes, *self.ignore, *self.direct):
            if not (bucket in (*BUCKETS, NIGHT, LEAVE) or bucket.startswith(f"{LEAVE}:")):
                raise ValueError(f"bucket {bucket!r} is none of {', '.join((*BUCKETS, NIGHT, LEAVE))}, leave:<code>")
        return self

    @property
    def direct(self) -> tuple[str, ...]:
        """Buckets with a column of their own."""
        return tuple(bucket for column in self.columns for bucket in (*(column.hours or ()), *(column.minutes or ())))

    @property
    def slots(self) -> tuple[int, ...]:
        return tuple(sorted({column.slot for column in self.columns if column.slot is not None}))

    def code_of(self, bucket: str) -> str | None:
        return self.codes.get(bucket)


def check_template(template: str) -> None:
    """Raises ValueError for a name that there is not, or one that reaches into anything."""
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if name not in _TEXTS | _DATES or conversion or "{" in (form or ""):
            raise ValueError(f"{template!r}: {{{name}}} is none of {', '.join(sorted(_TEXTS | _DATES))}")
        try:
            format(date(2026, 1, 1) if name in _DATES else "x", form or "")
        except ValueError as error:
            raise ValueError(f"{template!r}: {error}") from None


def fill(template: str, values: Mapping[str, str | date]) -> str:
    """Raises ExportRefused for a value that this row does not have."""
    try:
        return template.format_map(values)
    except KeyError as error:
        raise ExportRefused(f"{template!r}: there is no {error} in this layout") from None


def parse_map(text: str, name: str) -> ColumnMap:
    """Raises ExportRefused naming the map and everything wrong with it."""
    try:
        return ColumnMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ExportRefused(f"map {name}: not TOML: {error}") from None
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in _errors(error))
        raise ExportRefused(f"map {name}: {reasons}") from None


def preset_text(name: str) -> str:
    """The file of one of PRESETS. Raises ExportRefused for another name."""
    if name not in PRESETS:
        raise ExportRefused(f"there is no map {name!r}, only {', '.join(PRESETS)}")
    return (resources.files("sinks.exports") / "maps" / f"{name}.toml").read_text("utf-8")


def read_map(name: str) -> ColumnMap:
    """One of PRESETS, or the path of a file. Raises ExportRefused."""
    if name in PRESETS:
        return parse_map(preset_text(name), name)
    try:
        return parse_map(Path(name).read_text(encoding="utf-8"), name)
    except OSError as error:
        raise ExportRefused(f"map {name}: {error.strerror}; give a file, or one of {', '.join(PRESETS)}") from None
    except UnicodeDecodeError:
        raise ExportRefused(f"map {name}: not UTF-8") from None


def _errors(error: ValidationError) -> Sequence[Any]:
    return error.errors(include_url=False, include_context=False)
