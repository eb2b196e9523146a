"""What a station answers about itself: system, firmware, config (document, those chapters)."""

import hashlib
from typing import Any

from simulate.akuvox.call import Call, File, Reply
from simulate.akuvox.configuration import LOG_SECTIONS, in_sections
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.files import read_tgz, sealed, tgz, unsealed
from simulate.akuvox.phone_calls import sip_accounts
from simulate.akuvox.station import Station


def info(station: Station, call: Call) -> Reply:
    address = station.identity.address
    network = address.rpartition(".")[0]
    lan = {
        "DNS1": f"{network}.1",
        "DNS2": "",
        "Gateway": f"{network}.1",
        "IPAddress": address,
        "LinkStatus": "1",
        "PortType": "0",
        "SubnetMask": "255.255.255.0",
    }
    return Reply({**sip_accounts(station), "Lan": lan, "Status": _versions(station)})


def status(station: Station, call: Call) -> Reply:
    time = station.system_time()
    return Reply({"SystemTime": str(time) if station.quirks.time_as_text else time, "UpTime": station.up_seconds()})


def reboot(station: Station, call: Call) -> Reply:
    station.reboot()
    return Reply(action="status")


def firmware_status(station: Station, call: Call) -> Reply:
    return Reply(dict(_versions(station)))


def firmware_prepare(station: Station, call: Call) -> Reply:
    station.prepared = True
    return Reply()


def firmware_upload(station: Station, call: Call) -> Reply:
    call.number("silent", 0, 0, 1)
    if not station.prepared:
        raise RefusedCall(-1, "Not prepared")
    station.firmware_file = call.file("file")
    return Reply()


def firmware_upgrade(station: Station, call: Call) -> Reply:
    if station.firmware_file is None:
        raise RefusedCall(-1, "No firmware")
    calculated = hashlib.md5(station.firmware_file, usedforsecurity=False).hexdigest()
    given = call.text("md5")
    if given and given.lower() != calculated:
        return Reply({"md5": given, "md5_calc": calculated}, retcode=-1, message="Wrong MD5")
    station.upgrade()
    return Reply()


def config_get(station: Station, call: Call) -> Reply:
    inner = call.data.get("data")
    wanted: dict[str, Any] = inner if isinstance(inner, dict) else call.data
    keys = station.configuration
    if isinstance(filters := wanted.get("filter"), list):
        return Reply(dict(in_sections(keys, tuple(str(prefix) for prefix in filters))))
    if isinstance(names := wanted.get("item"), list):
        return Reply({str(name): keys[str(name)] for name in names if str(name) in keys})
    return Reply(dict(keys))


def config_set(station: Station, call: Call) -> Reply:
    return _set(station, call, ("Config.",))


def config_export(station: Station, call: Call) -> Reply:
    return Reply(file=File("Config.tgz", tgz("config.bin", sealed(station.configuration))))


def config_import(station: Station, call: Call) -> Reply:
    found = unsealed(read_tgz(call.file("config")))
    if not isinstance(found, dict):
        raise RefusedCall(-1, "Import Failed.")
    station.configuration.update({str(key): str(value) for key, value in found.items()})
    station.reboot()
    return Reply()


def reset_factory(station: Station, call: Call) -> Reply:
    station.reset_factory()
    return Reply()


def section_get(station: Station, sections: tuple[str, ...]) -> Reply:
    """The part of the configuration that a chapter is about."""
    return Reply(dict(in_sections(station.configuration, sections)))


def section_set(station: Station, call: Call, sections: tuple[str, ...]) -> Reply:
    """Change keys of that part only."""
    return _set(station, call, sections)


def log_set(station: Station, call: Call) -> Reply:
    """As its chapter prints it: the answer says `get` and repeats the level."""
    _set(station, call, LOG_SECTIONS)
    return Reply(section_get(station, LOG_SECTIONS).data, action="get")


def _set(station: Station, call: Call, sections: tuple[str, ...]) -> Reply:
    given = {str(key): value for key, value in call.data.items()}
    known = in_sections(station.configuration, sections)
    if not given or not given.keys() <= known.keys() or not all(isinstance(v, str | int) for v in given.values()):
        raise RefusedCall(-100, "Param error")
    station.configuration.update({key: str(value) for key, value in given.items()})
    return Reply()


def _versions(station: Station) -> dict[str, str]:
    who = station.identity
    return {
        "FirmwareVersion": who.firmware,
        "HardwareVersion": who.hardware,
        "MAC": who.colons,
        "Model": who.model,
    }
