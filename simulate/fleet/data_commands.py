"""UPDATE and DELETE of rows, with the checks of a terminal and its result codes (document, part VI, 7; appendix 1)."""

import base64
import binascii
from collections.abc import Callable

from simulate.fleet import answers
from simulate.fleet.people import FACTORY_DAY
from simulate.fleet.store import Row, Store
from simulate.fleet.tables import Table

NAME_BYTES = {"name": 24, "keylabel": 24, "statename": 24, "msg": 320}
"""The longest texts, in bytes of the terminal's charset."""

THRESHOLDS = ("10", "15", "20", "25", "30", "35")


def update(store: Store, table: Table, row: Row, option: Callable[[str], str], charset: str) -> int:
    """Add or change one row; the result code. Columns are in lower case. option: reads options.cfg."""
    if table.name in ("FINGERTMP", "FACE"):
        row = {"valid": "1", **row}  # the document's default
    code = _fault(store, table, row, option, charset)
    if code == answers.OK and not store.put(table, row):
        return answers.FULL
    return code


def delete(store: Store, table: Table, row: Row) -> int:
    """Delete the rows that the given keys name, or all; time zones go back to the factory's instead."""
    keys = [key.lower() for key in table.keys]
    wanted = {key: row[key] for key in keys if key in row}
    if any(not text.strip() for text in wanted.values()) or (row and not wanted):
        return answers.BAD_PARAMETER
    if table.name == "TIMEZONE":
        for key in store.matching(table, wanted):
            store.put(table, {"tzid": key[0], "time": FACTORY_DAY})
        return answers.OK
    if "pin" in wanted and (table.of_user or table.name == "USERINFO") and store.user(wanted["pin"]) is None:
        return answers.NO_SUCH_USER
    return answers.OK if store.delete(table, wanted) or not wanted else answers.NO_MATCH


def _fault(store: Store, table: Table, row: Row, option: Callable[[str], str], charset: str) -> int:
    """Why the row is not taken; OK when it is."""
    required = [key.lower() for key in table.keys if key != "Type" and not (table.name == "FACE" and key == "FID")]
    if any(not row.get(key, "").strip() for key in required):
        return answers.BAD_PARAMETER if table.name != "USERPIC" else table.content_code
    for column, (least, most) in table.numbers.items():
        text = row.get(column.lower(), "").strip()
        if text and not (text.lstrip("-").isdecimal() and least <= int(text) <= most):
            return answers.BAD_PARAMETER
    if any(len(row.get(column, "").encode(charset, "replace")) > most for column, most in NAME_BYTES.items()):
        return answers.TOO_LONG
    if table.of_user and store.user(row["pin"]) is None:
        return answers.NO_SUCH_USER
    if table.content and (code := _content_fault(table, row)):
        return code
    return _special_fault(store, table, row, option)


def _content_fault(table: Table, row: Row) -> int:
    text = row.get(table.content.lower(), "")
    try:
        if not base64.b64decode(text, validate=True):
            return table.content_code
    except binascii.Error:
        return table.content_code
    if len(text) > table.content_bytes:
        return table.size_code
    size = row.get("size", "").strip()
    return table.size_code if size and size != str(len(text)) else answers.OK


def _special_fault(store: Store, table: Table, row: Row, option: Callable[[str], str]) -> int:
    """What single tables ask for beyond their columns."""
    if table.name == "USEREXTINFO" and row.get("user1to1fpthreshold"):
        if option("USAUser1to1FPThresholdFunOn") != "1":
            return answers.NOT_CONFIGURED
        return answers.OK if row["user1to1fpthreshold"] in THRESHOLDS else answers.BAD_PARAMETER
    if table.name == "USER_SMS" and (row["uid"].strip().lstrip("0") or "0",) not in store.rows("SMS"):
        return answers.NO_MATCH
    if table.name == "JOBCODE" and (row["jobcodegroupid"].strip(),) not in store.rows("JOBCODEGROUP"):
        return answers.NO_MATCH
    if table.name == "TIMEZONE":
        time = row.get("time", "")
        return answers.OK if len(time) == 56 and time.isdecimal() else answers.BAD_PARAMETER
    return answers.OK
