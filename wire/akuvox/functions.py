"""Every call of the document "HTTP API Manual for Access Control", from its table "HTTP API Functions" alone.

Its samples show targets of other calls (errata A1), so nothing here comes from them. The coverage tables, the client's
tests and the refusal of dangerous commands read this list. Source: the document; spec/connectors.md A5, (e); errata A1
to A4.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wire.akuvox.errors import CallInvalid

DOCUMENT: Final = "Akuvox HTTP API"
BOTH: Final = ("GET", "POST")
POST: Final = ("POST",)


class Kind(StrEnum):
    """DANGEROUS: opens, cuts off, erases, replaces or listens; done only where `connectors.allow` names it."""

    READ = "read"
    WRITE = "write"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Function:
    """One line of the table. methods: of HTTP, as the table says; method: of the client; used_by: which reader or
    command; upload: the multipart key of the file that is sent; file: the answer is a file; secret: the answer holds
    codes, passwords or everything of the station, so it is sealed wherever it is kept."""

    target: str
    action: str
    methods: tuple[str, ...]
    kind: Kind
    method: str
    used_by: str
    errata: str = ""
    upload: str = ""
    file: bool = False
    secret: bool = False
    field_target: str = ""  # how the field spells the target; tried before the table's

    @property
    def name(self) -> str:
        return f"{self.target}/{self.action}"

    @property
    def path(self) -> str:
        """As the table prints it."""
        return f"/api/{self.target}/{self.action}"

    @property
    def targets(self) -> tuple[str, ...]:
        """What to try, in order."""
        return (self.field_target, self.target) if self.field_target else (self.target,)

    @property
    def chapter(self) -> str:
        """Heading of the document."""
        return f"Api {self.target} {self.action}"


_R, _W, _D = Kind.READ, Kind.WRITE, Kind.DANGEROUS
_ALONE: Final = "client only"
_SKIPPED: Final = "A2: no reader, the typed method alone"
_SEALED: Final = "A3: a file; A4: it holds secrets"
_IMPORT: Final = "A3: multipart key `config`"
_CALLLOG: Final = "the table spells callog, its text and the field calllog: that is tried first"


def _list(target: str, plural: str, errata: str = "") -> tuple[Function, ...]:
    """get, add, set, del, clear, export, import: the same for four kinds of entries."""
    secret = target in ("privatekey", "rfkey")
    export = (
        "A3: a file; an empty contact list answers -1" if target == "contact" else _SEALED if secret else "A3: a file"
    )
    imports = BOTH if target == "dialreplace" else POST
    reader = "reader schedules" if secret else _ALONE
    command = f"command akuvox.{target}"
    return (
        Function(target, "get", BOTH, _R, plural, reader, errata, secret=secret),
        Function(target, "add", POST, _W, f"add_{plural}", f"{command}.add", errata),
        Function(
            target, "set", POST, _W, f"set_{plural}", f"{command}.set",
            "A1: the sample shows firmware/upgrade" if target == "privatekey" else errata,
        ),
        Function(target, "del", POST, _W, f"delete_{plural}", f"{command}.del", errata),
        Function(target, "clear", BOTH, _D, f"clear_{plural}", f"{command}.clear", errata),
        Function(target, "export", BOTH, _R, f"export_{plural}", _ALONE, export, file=True, secret=secret),
        Function(
            target, "import", imports, _D, f"import_{plural}", f"{command}.import",
            "A3: multipart key `config`; the table allows GET too, the chapter POST only"
            if target == "dialreplace" else _IMPORT,
            upload="config",
        ),
    )  # fmt: skip


FUNCTIONS: Final[tuple[Function, ...]] = (
    Function("system", "info", BOTH, _R, "system_info", "reader info"),
    Function("system", "status", BOTH, _R, "system_status", "reader info"),
    Function(
        "system", "reboot", BOTH, _D, "reboot", "command akuvox.system.reboot",
        "the sample answers action status",
    ),
    Function("firmware", "status", BOTH, _R, "firmware_status", _ALONE),
    Function(
        "firmware", "prepare", BOTH, _D, "prepare_firmware", "command akuvox.firmware.prepare",
        "A3: before upload and upgrade",
    ),
    Function(
        "firmware", "upload", POST, _D, "upload_firmware", "command akuvox.firmware.upload",
        "A3: multipart key `file`", upload="file",
    ),
    Function(
        "firmware", "upgrade", BOTH, _D, "upgrade_firmware", "command akuvox.firmware.upgrade",
        "A3: md5 is checked by the station",
    ),
    Function("config", "get", BOTH, _R, "config", _ALONE, "A4; the third sample is no JSON", secret=True),
    Function("config", "set", POST, _D, "set_config", "command akuvox.config.set"),
    Function("config", "export", BOTH, _R, "export_config", _ALONE, _SEALED, file=True, secret=True),
    Function("config", "import", POST, _D, "import_config", "command akuvox.config.import", _IMPORT, upload="config"),
    Function("config", "reset_factory", BOTH, _D, "reset_factory", "command akuvox.config.reset_factory"),
    Function("relay", "get", BOTH, _R, "relay_settings", _ALONE, "A4: UserName, Password", secret=True),
    Function("relay", "set", POST, _D, "set_relay", "command akuvox.relay.set"),
    Function("relay", "status", BOTH, _R, "relay_status", "reader samples"),
    Function("relay", "trig", BOTH, _D, "trigger_relay", "command akuvox.relay.trig"),
    Function("input", "get", BOTH, _R, "input_settings", _ALONE, "A4: action URLs", secret=True),
    Function("input", "set", POST, _D, "set_input", "command akuvox.input.set"),
    Function("input", "status", BOTH, _R, "input_status", "reader samples"),
    Function("publiccode", "get", BOTH, _R, "public_codes", _ALONE, f"{_SKIPPED}; A4", secret=True),
    Function("publiccode", "set", POST, _D, "set_public_codes", "command akuvox.publiccode.set", _SKIPPED),
    *_list("privatekey", "private_keys"),
    *_list("rfkey", "rf_keys", "A3: Tags and Frequency in words"),
    *_list("contact", "contacts"),
    Function("group", "get", BOTH, _R, "groups", _ALONE),
    Function("group", "add", POST, _W, "add_groups", "command akuvox.group.add"),
    Function("group", "set", POST, _W, "set_groups", "command akuvox.group.set"),
    Function(
        "group", "clear", BOTH, _D, "clear_groups", "command akuvox.group.clear",
        "A1: the sample shows contact/clear",
    ),
    Function("call", "status", BOTH, _R, "call_status", "reader samples"),
    Function("call", "dial", BOTH, _D, "dial", "command akuvox.call.dial"),
    Function("call", "hangup", BOTH, _D, "hang_up", "command akuvox.call.hangup"),
    Function("sip", "get", BOTH, _R, "sip_settings", _ALONE, f"{_SKIPPED}; A4: Pwd", secret=True),
    Function("sip", "set", POST, _D, "set_sip", "command akuvox.sip.set", _SKIPPED),
    Function("sip", "status", BOTH, _R, "sip_status", _ALONE, _SKIPPED),
    *_list("dialreplace", "dial_replaces", _SKIPPED),
    Function("log", "get", BOTH, _R, "log_settings", _ALONE, _SKIPPED),
    Function("log", "set", POST, _W, "set_log", "command akuvox.log.set", _SKIPPED),
    Function("log", "export", BOTH, _R, "export_log", _ALONE, f"{_SKIPPED}; {_SEALED}", file=True, secret=True),
    Function("log", "clear", BOTH, _D, "clear_log", "command akuvox.log.clear", _SKIPPED),
    Function("callog", "get", BOTH, _R, "call_log", "reader calllog", _CALLLOG, field_target="calllog"),
    Function("callog", "del", POST, _D, "delete_call", "command akuvox.calllog.del", _CALLLOG, field_target="calllog"),
    Function(
        "callog", "clear", BOTH, _D, "clear_call_log", "command akuvox.calllog.clear",
        _CALLLOG, field_target="calllog",
    ),
    Function(
        "callog", "export", BOTH, _R, "export_call_log", _ALONE, f"A3: a file; {_CALLLOG}", file=True, secret=True,
        field_target="calllog",
    ),
    Function(
        "doorlog", "get", BOTH, _R, "door_log", "reader doorlog", "A1: the sample shows fe/upgrade; A4: Code",
        secret=True,
    ),
    Function(
        "doorlog", "del", POST, _D, "delete_door_event", "command akuvox.doorlog.del",
        "A1: the sample targets calllog",
    ),
    Function(
        "doorlog", "clear", BOTH, _D, "clear_door_log", "command akuvox.doorlog.clear",
        "never called by a reader (B-3 8)",
    ),
    Function(
        "doorlog", "export", BOTH, _R, "export_door_log", _ALONE, f"A1: the sample targets calllog; {_SEALED}",
        file=True, secret=True,
    ),
    Function("pcap", "status", BOTH, _R, "pcap_status", _ALONE, _SKIPPED),
    Function(
        "pcap", "start", BOTH, _D, "start_pcap", "command akuvox.pcap.start",
        f"{_SKIPPED}; the sample doubles /api",
    ),
    Function("pcap", "stop", BOTH, _D, "stop_pcap", "command akuvox.pcap.stop", _SKIPPED),
    Function(
        "pcap", "export", BOTH, _R, "export_pcap", _ALONE, f"{_SKIPPED}; {_SEALED}; the chapter allows GET only",
        file=True, secret=True,
    ),
    Function("user", "info", BOTH, _R, "next_user_id", _ALONE),
    Function("user", "get", BOTH, _R, "users", "reader users", "A4: CardCode, PrivatePIN", secret=True),
    Function("user", "add", POST, _W, "add_users", "command akuvox.user.add", "the chapter allows GET too"),
    Function("user", "set", POST, _W, "set_users", "command akuvox.user.set"),
    Function("user", "scan", POST, _W, "scan_card", _ALONE, "A3; A4: RFCode", secret=True),
    Function("user", "edit", BOTH, _D, "edit_user", _ALONE, "A3: the chapter says that no method is supported"),
    Function("user", "del", POST, _W, "delete_users", "command akuvox.user.del"),
    Function("user", "clear", BOTH, _D, "clear_users", "command akuvox.user.clear"),
    Function(
        "user", "export", BOTH, _R, "export_users", _ALONE, f"{_SEALED}; the answer is its address",
        file=True, secret=True,
    ),
    Function(
        "user", "import", POST, _D, "import_users", "command akuvox.user.import",
        f"{_IMPORT}; clones what a second station exported",
        upload="config",
    ),
)  # fmt: skip

_BY_NAME: Final = {function.name: function for function in FUNCTIONS}


def find_function(name: str) -> Function:
    """By `<target>/<action>` of the table. Raises CallInvalid."""
    found = _BY_NAME.get(name)
    if found is None:
        raise CallInvalid(f"{name[:40]!r} is no call of {DOCUMENT}; its table has {len(FUNCTIONS)}")
    return found
