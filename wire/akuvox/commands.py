"""Every command to an Akuvox station: one for each write of wire.akuvox.functions, under the name of the table.

`akuvox.<target>.<action>`; of the two spellings of the call log the field's. Lists take one entry at a time: users are
named by their UserID, other entries by the station's own number. Files travel in base64 and have to fit into a command
(1 MiB). Sources: the document; spec/connectors.md (e), A5; errata A1 to A4.
"""

from __future__ import annotations

from typing import Final, Literal

from wire.akuvox.codes import (
    CALL_TYPE_NAMES,
    CONTACT_FILES,
    DIAL_TYPES,
    LINES,
    LOG_FILES,
    LOG_LEVELS,
    PCAP_TYPES,
    RELAY_LEVELS,
    RELAY_MODES,
    RELAY_NUMBERS,
    TAGS,
)
from wire.akuvox.functions import Kind, find_function
from wire.source_commands import AT_ONCE_SECONDS, Argument, SourceCommand

# Writes of the table that are no command, and why.
WITHOUT: Final = {
    "user/edit": "the chapter says that no method is supported",
    "user/scan": "its answer is the number of a card, a secret, which no answer of a command may hold",
}
# The least number of claims: the second one only tells that nobody knows how the first ended.
ONCE: Final = 2
_AGAIN: Final = 3

# An hour later nobody stands at the door.
_AT_ONCE: Final = ("relay/trig", "call/dial", "call/hangup")

_ID: Final = Argument("id", "integer", "the station's own number of it", required=True)
_CONTENT: Final = Argument("content", help="the file in base64", required=True, secret=True)
_VALUES: Final = Argument("values", "object", "settings by their names, Config.*", required=True)
_CODE: Final = Argument("code", help="the code", required=True, secret=True)
_NEW_CODE: Final = Argument("code", help="another code", secret=True)
_NAME: Final = Argument("name", required=True)
_WINDOW: Final = (
    Argument("doors", "list", "numbers of doors: 1 is A; A when none is named"),
    Argument("days", "list", "Mon, Tue, Wed, Thur, Fri, Sat, Sun; all when none is named"),
    Argument("start", help="HH:MM, station's time"),
    Argument("end", help="HH:MM; both 00:00: the whole day"),
)
_CARD: Final = (
    Argument("tag", choices={word: f"code {code}" for code, word in TAGS.items()}),
    Argument("frequency", "integer", "how often it opens, with tag=frequency"),
)
_USER: Final = (
    Argument("card", help="CardCode; several parted by semicolons", secret=True),
    Argument("pin", help="PrivatePIN", secret=True),
    Argument("schedule_relay", help="schedules and their relays: 1001-1;1002-12"),
    Argument("lift_floors", help="1;2"),
    Argument("web_relay"),
)
_CONTACT: Final = (
    Argument("dial_type", choices=DIAL_TYPES),
    Argument("group"),
)
_REPLACEMENTS: Final = tuple(Argument(f"replace{number}") for number in range(1, 6))

_ADDED: Final = "the list is read, and the entry compared"
_CHANGED: Final = "the entry is read and compared"
_DELETED: Final = "whether the list still has it"
_CLEARED: Final = "whether the list is empty"
_SETTINGS: Final = "the settings that may be read are compared; what holds a secret cannot be"


def _words(words: tuple[str, ...]) -> dict[str, str]:
    return {word: word for word in words}


def _command(function: str, title: str, *arguments: Argument, read_back: str = "", max_sends: int = 0) -> SourceCommand:
    found = find_function(function)
    effect: Literal["write", "dangerous"] = "dangerous" if found.kind is Kind.DANGEROUS else "write"
    return SourceCommand(
        name=f"akuvox.{found.targets[0]}.{found.action}",
        vendor="akuvox",
        title=title,
        effect=effect,
        arguments=arguments,
        method=found.method,
        chapter=found.chapter,
        read_back=read_back,
        max_sends=max_sends or (_AGAIN if read_back else ONCE),
        role="admin" if effect == "dangerous" else "operate",
        errata=(found.errata,) if found.errata else (),
        life_seconds=AT_ONCE_SECONDS if function in _AT_ONCE else None,
    )


def _list(
    target: str, thing: str, new: tuple[Argument, ...], changed: tuple[Argument, ...], *more: Argument, key: Argument
) -> tuple[SourceCommand, ...]:
    """add, set, del, clear, import: the same for five kinds of entries. key: how one that is there is named; more: of
    the import."""
    return (
        _command(f"{target}/add", f"add a {thing}", *new, read_back=_ADDED),
        _command(f"{target}/set", f"change a {thing}", key, *changed, read_back=_CHANGED),
        _command(f"{target}/del", f"delete a {thing}", key, read_back=_DELETED),
        _command(f"{target}/clear", f"delete every {thing}", read_back=_CLEARED),
        _command(f"{target}/import", f"replace every {thing} by those of a file", _CONTENT, *more),
    )


COMMANDS: Final[tuple[SourceCommand, ...]] = (
    _command(
        "system/reboot", "restart the station",
        read_back="whether it runs for less than ten minutes; it is never sent twice", max_sends=3,
    ),
    _command("firmware/prepare", "put the station into upgrade mode"),
    _command("firmware/upload", "send a firmware image", _CONTENT, Argument("silent", "flag", "shows nothing of it")),
    _command(
        "firmware/upgrade", "install the image that was sent",
        Argument("md5", help="of the image; the station refuses a wrong one"),
    ),
    _command("config/set", "change settings", _VALUES, read_back=_SETTINGS),
    _command("config/import", "replace all settings by those of an export; the station restarts", _CONTENT),
    _command("config/reset_factory", "set the station back to how it left the factory"),
    _command("relay/set", "change settings of the relays", _VALUES, read_back=_SETTINGS),
    _command(
        "relay/trig", "switch a relay: open a door",
        Argument("num", "integer", required=True, choices=RELAY_NUMBERS),
        Argument("mode", "integer", choices=RELAY_MODES), Argument("level", "integer", choices=RELAY_LEVELS),
        Argument("delay", "integer", "seconds until it closes again; 5 when not given"),
    ),
    _command("input/set", "change settings of the inputs", _VALUES, read_back=_SETTINGS),
    _command("publiccode/set", "change the codes that open for everybody", _VALUES, read_back=_SETTINGS),
    *_list(
        "privatekey", "door code", (_NAME, _CODE, *_WINDOW), (Argument("name"), _NEW_CODE, *_WINDOW), key=_ID
    ),
    *_list(
        "rfkey", "card", (_NAME, _CODE, *_WINDOW, *_CARD), (Argument("name"), _NEW_CODE, *_WINDOW, *_CARD), key=_ID
    ),
    *_list(
        "contact", "contact", (_NAME, Argument("phone"), *_CONTACT),
        (Argument("name"), Argument("phone"), *_CONTACT), Argument("file_type", choices=_words(CONTACT_FILES)), key=_ID,
    ),
    _command("group/add", "add a group of contacts", _NAME, read_back=_ADDED),
    _command("group/set", "rename a group of contacts", _ID, _NAME, read_back=_CHANGED),
    _command("group/clear", "delete every group of contacts", read_back=_CLEARED),
    _command("call/dial", "have the station call somebody", Argument("phone", required=True), Argument("display_name")),
    _command("call/hangup", "end the station's call"),
    _command("sip/set", "change the SIP accounts", _VALUES, read_back=_SETTINGS),
    *_list(
        "dialreplace", "dial replacement",
        (Argument("prefix", required=True), Argument("line", choices=LINES), *_REPLACEMENTS),
        (Argument("prefix"), Argument("line", choices=LINES), *_REPLACEMENTS), key=_ID,
    ),
    _command(
        "log/set", "how much the station's own log says",
        Argument("level", "integer", required=True, choices=LOG_LEVELS), read_back="the level is read",
    ),
    _command("log/clear", "erase the station's own log", Argument("log_type", choices=_words(LOG_FILES))),
    _command("callog/del", "delete a row of the call log", _ID, read_back=_DELETED),
    _command(
        "callog/clear", "erase the call log", Argument("call_type", choices=_words(CALL_TYPE_NAMES)),
        read_back="done when the log is empty; else it cannot be told",
    ),
    _command("doorlog/del", "delete a row of the door log", _ID, read_back=_DELETED),
    _command(
        "doorlog/clear", "erase the door log: what was not read is lost",
        read_back="done when the log is empty; else it cannot be told",
    ),
    _command(
        "pcap/start", "record the station's traffic", Argument("capture_type", choices=_words(PCAP_TYPES)),
        Argument("packets", help="a libpcap filter"), Argument("seconds", "integer"),
        Argument("size", "integer", "bytes"),
    ),
    _command("pcap/stop", "stop recording the traffic"),
    *_list(
        "user", "user", (Argument("user_id", required=True), _NAME, *_USER), (Argument("name"), *_USER),
        key=Argument("user_id", required=True),
    ),
)  # fmt: skip
