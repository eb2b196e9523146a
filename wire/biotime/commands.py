"""Every command to a server of the BioTime family: one for each write of wire.biotime.endpoints.

People and what they belong to are named by their codes, terminals by their serials: the connector looks up the server's
own ids. What a command does to the server, its danger and its chapters come from its endpoint. Sources:
spec/connectors.md A3, (e); errata B2, B3.
"""

from __future__ import annotations

from typing import Final, Literal

from wire.biotime.endpoints import BY_NAME, Kind
from wire.source_commands import AT_ONCE_SECONDS, Argument, SourceCommand

# The least number of claims: the second one only tells that nobody knows how the first ended.
ONCE: Final = 2
_AGAIN: Final = 3

_FIELDS: Final = Argument("fields", "object", "other fields, named as the server names them")
_EMP_CODE: Final = Argument("emp_code", help="the person's code, leading zeros and all", required=True)
_EMP_CODES: Final = Argument("emp_codes", "list", "the people's codes", required=True)
_SN: Final = Argument("sn", help="the terminal's serial", required=True)
_TERMINALS: Final = (Argument("sns", "list", "the terminals' serials", required=True),)
_PERSON: Final = (
    Argument("first_name"),
    Argument("last_name"),
    Argument("position", help="code of the position"),
    Argument("hire_date", "date"),
    Argument("email"),
    Argument("card_no", help="number of the card", secret=True),
    Argument("device_password", help="PIN at the terminals", secret=True),
    Argument("verify_mode", "integer", "how terminals identify the person"),
    Argument("dev_privilege", "integer", "what the person may do at terminals"),
    Argument("enable_att", "flag", "whether punches count"),
    Argument("enable_overtime", "flag"),
    Argument("enable_holiday", "flag"),
    _FIELDS,
)
_STATES: Final = {
    "0": "in", "1": "out", "2": "break out", "3": "break in", "4": "overtime in", "5": "overtime out",
}  # fmt: skip
_RESIGN_TYPES: Final = {"1": "quit", "2": "dismissed", "3": "resigned", "4": "transferred", "5": "unpaid"}

# An hour later it would be another punch.
_AT_ONCE: Final = ("clock_in",)

_CREATED: Final = "it is looked up by its code, and what was asked for is compared"
_UPDATED: Final = "its fields are compared with what was asked for"
_DELETED: Final = "whether it is still there"


def _command(
    name: str, endpoint: str, title: str, arguments: tuple[Argument, ...], read_back: str = "", max_sends: int = 0
) -> SourceCommand:
    found = BY_NAME[endpoint]
    effect: Literal["write", "dangerous"] = "dangerous" if found.kind is Kind.DANGEROUS else "write"
    return SourceCommand(
        name=f"biotime.{name}",
        vendor="biotime",
        title=title,
        effect=effect,
        arguments=arguments,
        method=found.client_method,
        chapter="; ".join(f"{dialect}: {chapter}" for dialect, chapter in found.chapter.items()),
        read_back=read_back,
        max_sends=max_sends or (_AGAIN if read_back else ONCE),
        role="admin" if effect == "dangerous" else "operate",
        errata=tuple(found.errata.split(", ")) if found.errata else (),
        life_seconds=AT_ONCE_SECONDS if endpoint in _AT_ONCE else None,
    )


def _group(thing: str, prefix: str) -> tuple[SourceCommand, ...]:
    """Of departments, areas and positions: a code, a name, a parent."""
    code = Argument(f"{prefix}_code", help=f"the {thing}'s code", required=True)
    parent = Argument(f"parent_{prefix}", help=f"code of the {thing} that it is part of")
    name = f"{prefix}_name"
    return (
        _command(
            f"{thing}.create", f"create_{thing}", f"add a {thing}",
            (code, Argument(name, required=True), parent, _FIELDS), _CREATED,
        ),
        _command(
            f"{thing}.update", f"update_{thing}", f"change a {thing}", (code, Argument(name), parent, _FIELDS), _UPDATED
        ),
        _command(f"{thing}.delete", f"delete_{thing}", f"delete a {thing}", (code,), _DELETED),
    )  # fmt: skip


def _device_call(name: str, title: str) -> SourceCommand:
    """The server only queues these: what the terminals make of them is not visible."""
    return _command(f"terminal.{name}", name, title, _TERMINALS)


def _people_call(name: str, title: str, *arguments: Argument, read_back: str = "") -> SourceCommand:
    return _command(f"employee.{name}", name, title, (_EMP_CODES, *arguments), read_back)


COMMANDS: Final[tuple[SourceCommand, ...]] = (
    _command(
        "terminal.create", "create_terminal", "add a terminal to the server",
        (
            _SN, Argument("alias", required=True), Argument("ip_address", required=True),
            Argument("terminal_tz", "integer", "zone: hours, or minutes above 14"),
            Argument("heartbeat", "integer", "seconds"), Argument("area", help="code of the area"), _FIELDS,
        ),
        _CREATED,
    ),
    _command(
        "terminal.update", "update_terminal", "change what the server knows of a terminal",
        (
            _SN, Argument("alias"), Argument("ip_address"),
            Argument("terminal_tz", "integer", "zone: hours, or minutes above 14"),
            Argument("heartbeat", "integer", "seconds"), Argument("area", help="code of the area"), _FIELDS,
        ),
        _UPDATED,
    ),
    _command("terminal.delete", "delete_terminal", "take a terminal off the server", (_SN,), _DELETED),
    _device_call("clear_command", "drop the commands that wait for terminals"),
    _device_call("clear_capture", "erase the pictures on terminals"),
    _device_call("clear_all", "erase everything on terminals, punches that were not uploaded too"),
    _device_call("upload_all", "have terminals send everything again: people, templates, punches"),
    _device_call("upload_transaction", "have terminals send their punches again"),
    _device_call("reboot", "restart terminals"),
    _command(
        "employee.create", "create_employee", "add a person",
        (
            _EMP_CODE, Argument("department", help="code of the department", required=True),
            Argument("area", "list", "codes of the areas whose terminals get the person", required=True), *_PERSON,
        ),
        _CREATED,
    ),
    _command(
        "employee.update", "update_employee", "change a person",
        (
            _EMP_CODE, Argument("department", help="code of the department"),
            Argument("area", "list", "codes of the areas whose terminals get the person"), *_PERSON,
        ),
        _UPDATED,
    ),
    _command(
        "employee.delete", "delete_employee", "delete a person; adjust_resign keeps the punches", (_EMP_CODE,), _DELETED
    ),
    _people_call(
        "adjust_area", "give people these areas and no others", Argument("areas", "list", "codes", required=True),
        read_back="the people's areas are compared",
    ),
    _people_call(
        "adjust_department", "move people to a department", Argument("department", help="its code", required=True),
        read_back="the people's departments are compared",
    ),
    _people_call(
        "adjust_position", "give people a position", Argument("position", help="its code", required=True),
        read_back="the people's positions are compared",
    ),
    _people_call(
        "adjust_resign", "note that people have left", Argument("resign_date", "date", required=True),
        Argument("resign_type", "integer", required=True, choices=_RESIGN_TYPES), Argument("reason"),
        Argument("disable_attendance", "flag"), read_back="whether the people are still in the list of employees",
    ),
    _people_call("resync_to_device", "send people to their terminals again"),
    _people_call(
        "del_bio_template", "delete people's templates: they must be enrolled again", Argument("finger", "flag"),
        Argument("face", "flag"), Argument("finger_vein", "flag"), Argument("palm", "flag"),
    ),
    *_group("department", "dept"),
    *_group("area", "area"),
    *_group("position", "position"),
    _command(
        "mobile.clock_in", "clock_in", "a punch now, by the server's clock",
        (
            _EMP_CODE, Argument("state", required=True, choices=_STATES), Argument("latitude", secret=True),
            Argument("longitude", secret=True), Argument("gps_location", secret=True),
        ),
        "at once, whether a punch of the person came in; it is never sent twice", ONCE,
    ),
    _command(
        "mobile.manual_log", "create_manual_log", "ask for a punch that was missed",
        (
            _EMP_CODE, Argument("punch_time", help="with its offset: 2026-03-02T08:00:00+04:00", required=True),
            Argument("state", required=True, choices=_STATES), Argument("work_code"), Argument("reason"),
        ),
        "whether the manual logs have it; it is sent again only while they surely do not",
    ),
    _command(
        "mobile.reset_password", "reset_password", "have the server mail a new password",
        (Argument("email", required=True, secret=True),),
    ),
    _command(
        "mobile.forgot_password_create_otp", "forgot_password_create_otp", "have the server mail a one-time password",
        (Argument("fields", "object", "search_item, is_cloud, company_name, client, language", required=True),),
    ),
    _command(
        "mobile.create_password", "create_password", "set a password with a one-time password",
        (Argument("fields", "object", "the body, which no document shows", required=True),),
    ),
    _command(
        "mobile.reset_employee_password", "reset_employee_password", "set a person's password",
        (_EMP_CODE, Argument("password", required=True, secret=True), _FIELDS),
    ),
)  # fmt: skip
