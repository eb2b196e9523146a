"""How one terminal's firmware words its requests and rows (spec/zk-push.md 2.1 to 2.5)."""

import random
from dataclasses import dataclass
from typing import Literal

from simulate.fleet.settings import FleetSettings

Variant = Literal["standard", "keep-alive", "aspx", "upper", "spaced", "hostless"]

ODD_VARIANTS: tuple[Variant, ...] = ("keep-alive", "aspx", "upper", "spaced", "hostless")
COLUMNS = (5, 7, 10, 16)
INFO_FIELDS = (9, 9, 5, 8, 10)

_STATES = (0, 1, 0, 1, 4, 5, 2, 255)
_VERIFY_MODES = (1, 15, 1, 3, 2, 0, 25, 200)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a firmware does its own way.

    variant: standard is HTTP/1.0, a connection per request. keep-alive is HTTP/1.1 on one connection. aspx adds the
        suffix. upper shouts the path. spaced leaves raw spaces in the target, as the document prints them.
        hostless is HTTP/1.1 without Host.
    columns: of an ATTLOG row. end: of a row. last_end: whether the last row has one.
    stamp: "time" of the last acknowledged punch, or the constant "9999".
    charset: of names and messages. info_fields: of INFO in the first poll, 5 to 10.
    tables: where users and templates go: all into OPERLOG, or each into its own table.
    photos: the endpoint of attendance pictures; the old one is fdata.
    time_zone: how the TimeZone option is read: as an integer (H9), or as hh:mm with its sign.
    sum_key: how VERIFY SUM names the number of records (D15).
    """

    variant: Variant
    columns: int
    end: Literal["\n", "\r\n"]
    last_end: bool
    stamp: Literal["time", "9999"]
    charset: Literal["utf-8", "gb18030"] = "utf-8"
    info_fields: int = 9
    tables: Literal["OPERLOG", "own"] = "OPERLOG"
    photos: Literal["cdata", "fdata"] = "cdata"
    time_zone: Literal["integer", "hh:mm"] = "integer"
    sum_key: Literal["AttlogCount", "AttlogSum"] = "AttlogCount"

    @property
    def http11(self) -> bool:
        return self.variant in ("keep-alive", "hostless")

    @property
    def language(self) -> int:
        """The language tag of the handshake: 83 Chinese, 69 English (document, 2.2)."""
        return 83 if self.charset == "gb18030" else 69

    def tails(self) -> tuple[str, ...]:
        """The 64 endings of a row behind PIN and time: every state with every verify mode, each starting with a tab."""
        return tuple(self.tail(state, verify) for state in _STATES for verify in _VERIFY_MODES)

    def tail(self, state: int, verify: int) -> str:
        """The ending with this state and verify mode."""
        return "\t" + "\t".join((str(state), str(verify), *_rest(self.columns, state + verify)))


def is_nth(number: int, share: float) -> bool:
    """Whether the terminal with this number, from 1, is one of so large a share, spread evenly."""
    return int(number * share) > int((number - 1) * share)


def dialect_of(settings: FleetSettings, number: int) -> Dialect:
    """The dialect of a terminal: its row shape by seed, odd variants spread evenly and in turn by its number."""
    rng = random.Random(f"{settings.seed}:{number}:dialect")
    before = int((number - 1) * settings.variant_share)
    odd = is_nth(number, settings.variant_share)
    return Dialect(
        variant=ODD_VARIANTS[before % len(ODD_VARIANTS)] if odd else "standard",
        columns=rng.choice(COLUMNS),
        end=rng.choice(("\n", "\n", "\r\n")),
        last_end=rng.random() < 0.8,
        stamp=rng.choice(("time", "9999")),
        charset="gb18030" if is_nth(number, settings.chinese_share) else "utf-8",
        info_fields=rng.choice(INFO_FIELDS),
        tables=rng.choice(("OPERLOG", "OPERLOG", "own")),
        photos=rng.choice(("cdata", "cdata", "fdata")),
        time_zone=rng.choice(("integer", "integer", "hh:mm")),
        sum_key=rng.choice(("AttlogCount", "AttlogSum")),
    )


def _rest(columns: int, number: int) -> tuple[str, ...]:
    """Work code and what follows it: reserved columns, then job codes and tips in the widest shape."""
    work_code = ("", "0", "9001")[number % 3]
    if columns == 7 and number % 2:
        return work_code, "", ""
    job_codes = ("1", "2", "3", "4", "5", "6", "1.0", "2.0", "3.0")
    return work_code, *("0", "0", *(job_codes if columns == 16 else ("0", "0", "0")))[: columns - 5]
