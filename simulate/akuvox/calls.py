"""What a station answers: the document's table "HTTP API Functions", and what stands behind each line of it.

Targets and actions are the table's; samples in the document's chapters name others by mistake (errata A1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulate.akuvox import configuration as keys
from simulate.akuvox import item_calls, log_calls, phone_calls, system_calls
from simulate.akuvox.call import Call, Reply
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.station import Station

Do = Callable[[Station, Call], Reply]

UNSUPPORTED = "unsupport action"


@dataclass(frozen=True, slots=True)
class Function:
    """One line of the table. writes: it changes something, so that an answer may be lost after it was done."""

    do: Do
    get: bool = True
    post: bool = True
    writes: bool = False


def _read(do: Do) -> Function:
    return Function(do)


def _write(do: Do) -> Function:
    """Changes something, by GET and POST."""
    return Function(do, writes=True)


def _post(do: Do) -> Function:
    """Changes something, by POST only."""
    return Function(do, get=False, writes=True)


def _refuse(station: Station, call: Call) -> Reply:
    raise RefusedCall(-1, UNSUPPORTED)


def _section(sections: tuple[str, ...]) -> dict[str, Function]:
    return {
        "get": _read(lambda station, call: system_calls.section_get(station, sections)),
        "set": _post(partial(system_calls.section_set, sections=sections)),
    }


def _items(*, with_del: bool = True) -> dict[str, Function]:
    functions = {
        "get": _read(item_calls.items_get),
        "add": _post(item_calls.items_add),
        "set": _post(item_calls.items_set),
        "clear": _write(item_calls.items_clear),
    }
    return {**functions, "del": _post(item_calls.items_del)} if with_del else functions


_XML_FILES = {"export": _read(item_calls.xml_export), "import": _post(item_calls.xml_import)}
_EVENT_LOG = {
    "get": _read(log_calls.log_get),
    "del": _post(log_calls.log_del),
    "clear": _write(log_calls.log_clear),
    "export": _read(log_calls.log_export),
}

CALLS: dict[str, dict[str, Function]] = {
    "system": {
        "info": _read(system_calls.info),
        "status": _read(system_calls.status),
        "reboot": _write(system_calls.reboot),
    },
    "firmware": {
        "status": _read(system_calls.firmware_status),
        "prepare": _write(system_calls.firmware_prepare),
        "upload": _post(system_calls.firmware_upload),
        "upgrade": _write(system_calls.firmware_upgrade),
    },
    "config": {
        "get": _read(system_calls.config_get),
        "set": _post(system_calls.config_set),
        "export": _read(system_calls.config_export),
        "import": _post(system_calls.config_import),
        "reset_factory": _write(system_calls.reset_factory),
    },
    "relay": {
        **_section(keys.RELAY_SECTIONS),
        "status": _read(phone_calls.relay_status),
        "trig": _write(phone_calls.relay_trig),
    },
    "input": {**_section(keys.INPUT_SECTIONS), "status": _read(phone_calls.input_status)},
    "publiccode": _section(keys.PUBLIC_CODE_SECTIONS),
    "privatekey": {**_items(), **_XML_FILES},
    "rfkey": {**_items(), **_XML_FILES},
    "contact": {
        **_items(),
        "add": _write(item_calls.items_add),  # by GET too: the sample of "HTTP API Method"
        "export": _read(item_calls.contact_export),
        "import": _post(item_calls.contact_import),
    },
    "group": _items(with_del=False),
    "call": {
        "status": _read(phone_calls.call_status),
        "dial": _write(phone_calls.call_dial),
        "hangup": _write(phone_calls.call_hangup),
    },
    "sip": {**_section(keys.SIP_SECTIONS), "status": _read(phone_calls.sip_status)},
    "dialreplace": {**_items(), **_XML_FILES, "import": _write(item_calls.xml_import)},
    "log": {
        **_section(keys.LOG_SECTIONS),
        "set": _post(system_calls.log_set),
        "export": _read(phone_calls.log_export),
        "clear": _write(phone_calls.log_clear),
    },
    "callog": _EVENT_LOG,
    "calllog": _EVENT_LOG,
    "doorlog": _EVENT_LOG,
    "pcap": {
        "status": _read(phone_calls.pcap_status),
        "start": _write(phone_calls.pcap_start),
        "stop": _write(phone_calls.pcap_stop),
        "export": _read(phone_calls.pcap_export),
    },
    "user": {
        "info": _read(item_calls.user_info),
        "get": _read(item_calls.user_get),
        "add": _write(item_calls.items_add),  # by GET too: its chapter
        "set": _post(item_calls.items_set),
        "scan": Function(item_calls.user_scan, get=False),
        "edit": _read(_refuse),  # its chapter: neither GET nor POST
        "del": _post(item_calls.items_del),
        "clear": _write(item_calls.items_clear),
        "export": _read(item_calls.user_export),
        "import": _post(item_calls.user_import),
    },
}
"""By target and action."""


def function_of(station: Station, call: Call) -> Function:
    """The line of the table. Raises RefusedCall -1 for a target or an action that this station does not have."""
    actions = CALLS.get(call.target)
    if actions is None or station.quirks.lacks(call.target, ""):
        raise RefusedCall(-1, "no hanlders")  # the firmware's own spelling
    function = actions.get(call.action)
    if function is None or station.quirks.lacks(call.target, call.action):
        raise RefusedCall(-1, UNSUPPORTED)
    if not (function.get if call.method == "GET" else function.post):
        raise RefusedCall(-1, UNSUPPORTED)
    return function
