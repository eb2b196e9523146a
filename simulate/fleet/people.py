"""The rows that a terminal has before anybody changes it: its people and the factory's settings, by seed."""

import random

from simulate.fleet.punches import normal_pin

Row = dict[str, str]

FIRST = ("Ann", "Richard", "Mary", "José", "Zoë", "Li", "Priya", "Omar", "Ingrid", "Tomás")
LAST = ("Smith", "Müller", "Patel", "O'Brien", "Nguyen", "Lee, Jr.", "van der Berg", "Kowalski", "Rossi", "Haddad")
CHINESE = ("王伟", "李娜", "张敏", "刘洋", "陈静", "杨磊", "赵丽", "黄强")

FACTORY_DAY = "00002359" * 7
"""A time zone as the factory sets it: from 00:00 to 23:59 on seven days."""


def name_of(rng: random.Random, chinese: bool) -> str:
    """Somebody's name: with blanks, sometimes a comma; at most 24 bytes in the terminal's charset."""
    return rng.choice(CHINESE) if chinese else f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def card_of(rng: random.Random) -> str:
    """A card number as terminals print it: decimal, `[hex]`, 0 or nothing (spec/zk-push.md O6)."""
    number = rng.randint(1, 2**32 - 1)
    return rng.choice((str(number), str(number), f"[{number:08X}]", "0", ""))


def user_row(rng: random.Random, pin: str, chinese: bool) -> Row:
    """A user with everything that a terminal holds of them, templates aside."""
    return {
        "pin": pin.strip(),
        "name": name_of(rng, chinese),
        "pri": "14" if rng.random() < 0.02 else "0",
        "passwd": f"{rng.randint(1000, 9999)}" if rng.random() < 0.2 else "",
        "card": card_of(rng),
        "grp": "1",
        "tz": "0000000100000000",
        "verify": "-1",
        "vicecard": "",
        "startdatetime": "0",
        "enddatetime": "0",
    }


def factory_rows(table: str, rng: random.Random, pins: list[str], chinese: bool) -> list[Row]:
    """The rows that a table begins with."""
    if table == "USERINFO":
        return [user_row(rng, pin, chinese) for pin in pins]
    if table == "FINGERTMP":
        return [
            {"pin": pin.strip(), "fid": str(fid), "valid": "1"} for pin in pins for fid in range(rng.choice((0, 1, 2)))
        ]
    if table in _OF_SOME:
        return [{"pin": pin.strip(), **_OF_SOME[table], **_file(table, pin)} for pin in pins if rng.random() < 0.1]
    if table == "TIMEZONE":
        return [{"tzid": str(number), "time": FACTORY_DAY} for number in range(1, 51)]
    if table == "SHORTKEY":
        return [
            {"keyid": str(key), "keyfun": "1", "statecode": str(key), "keylabel": label, "mapvalue": str(key - 1)}
            for key, label in enumerate(("Check-In", "Check-Out", "Break-Out", "Break-In", "OT-In", "OT-Out"), 1)
        ]
    return [dict(row) for row in _FACTORY.get(table, ())]


_BIODATA = {
    "no": "0", "index": "0", "valid": "1", "duress": "0", "type": "9", "majorver": "58", "minorver": "0", "format": "0",
}  # fmt: skip
_OF_SOME: dict[str, Row] = {
    "FACE": {"fid": "0", "valid": "1"},
    "BIODATA": _BIODATA,
    "BIOPHOTO": {"type": "0"},
    "USERPIC": {},
}
_FACTORY: dict[str, tuple[Row, ...]] = {
    "WORKCODE": ({"code": "1", "name": "Assembly"}, {"code": "9001", "name": "Warehouse"}),
    "SMS": ({"uid": "1", "tag": "253", "min": "60", "starttime": "2026-01-01 00:00:00", "msg": "Welcome"},),
    "BELL": ({"bellid": "1", "time": "12:00", "musicid": "1", "volume": "67", "times": "3", "state": "1"},),
    "ACCGROUP": ({"id": "1", "verify": "0", "validholiday": "0", "tz": "000100000000"},),
}


def _file(table: str, pin: str) -> Row:
    return {"filename": f"{normal_pin(pin)}.jpg"} if table in ("BIOPHOTO", "USERPIC") else {}
