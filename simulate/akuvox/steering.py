"""What can be done to a running station, by name: for scenarios and for the control port."""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from simulate.akuvox.errors import FatalError, require
from simulate.akuvox.gate import Auth
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.rows import CALL_TYPES, METHODS, Log
from simulate.akuvox.station import Station

Values = dict[str, Any]

_T = TypeVar("_T", Auth, Quirks)

_MOST_EVENTS = 10_000


def steer(station: Station, verb: str, values: Values) -> None:
    """Do it. Raises FatalError that names the value when one makes no sense."""
    require(verb in VERBS, f"{verb!r} cannot be done; there are {', '.join(sorted(VERBS))}")
    try:
        VERBS[verb](station, values)
    except (KeyError, TypeError, ValueError) as error:
        raise FatalError(f"simulate akuvox: {verb}: {values}: {type(error).__name__} {error}") from error


def changed_quirks(quirks: Quirks, values: Values) -> Quirks:
    """The quirks with some values changed. Raises FatalError."""
    return _changed(Quirks, quirks, values)


def changed_auth(auth: Auth, values: Values) -> Auth:
    """The settings of the gate with some values changed. Raises FatalError."""
    return _changed(Auth, auth, values)


def _changed(kind: type[_T], value: _T, values: Values) -> _T:
    known: dict[str, Any] = {field.name: getattr(value, field.name) for field in fields(value)}
    unknown = sorted(values.keys() - known.keys())
    require(not unknown, f"{unknown[:1]} is no setting; there are {', '.join(sorted(known))}")
    try:
        return TypeAdapter(kind).validate_python({**known, **values})
    except ValidationError as error:
        first = error.errors()[0]
        raise FatalError(f"simulate akuvox: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _event(station: Station, values: Values) -> None:
    count = int(values.get("count", 1))
    require(1 <= count <= _MOST_EVENTS, f"count is {count}: 1 to {_MOST_EVENTS}")
    for _ in range(count):
        if _log(values) == "call":
            kind = str(values.get("kind", ""))
            require(kind in ("", *CALL_TYPES), f"kind is {kind!r}: one of {', '.join(CALL_TYPES)}")
            station.call_event(kind, str(values.get("number", "")))
            continue
        method = values.get("method")
        require(method in (None, *METHODS), f"method is {method!r}: one of {', '.join(METHODS)}")
        relay = int(values.get("relay", 0))
        require(0 <= relay <= 3, f"relay is {relay}: 1 to 3")
        station.door_event(str(values.get("user_id", "")), method, values.get("granted"), relay)


def _clear(station: Station, values: Values) -> None:
    for log in (_log(values),) if "log" in values else station.logs:
        station.clear(log)


def _mac(station: Station, values: Values) -> None:
    mac = str(values["mac"]).upper()
    require(bool(re.fullmatch(r"[0-9A-F]{12}", mac)), f"mac is {mac!r}: 12 hexadecimal digits")
    station.change_mac(mac)


def _rate(station: Station, values: Values) -> None:
    rate = float(values["rate"])
    require(0 <= rate <= 1_000, f"rate is {rate}: 0 to 1000 events per second")
    station.rate = rate


def _quirks(station: Station, values: Values) -> None:
    station.quirks = changed_quirks(station.quirks, values)
    station.happened("quirks", " ".join(f"{name}={value}" for name, value in values.items()))


def _auth(station: Station, values: Values) -> None:
    station.gate.auth = changed_auth(station.gate.auth, values)
    station.happened("auth", " ".join(sorted(values)))


def _log(values: Values) -> Log:
    log = values.get("log", "door")
    require(log in ("door", "call"), f"log is {log!r}: door or call")
    return "call" if log == "call" else "door"


VERBS: dict[str, Callable[[Station, Values], None]] = {
    "event": _event,
    "clear": _clear,
    "clock": lambda station, values: station.step_clock(float(values["seconds"])),
    "reboot": lambda station, values: station.reboot(),
    "upgrade": lambda station, values: station.upgrade(str(values.get("firmware", ""))),
    "mac": _mac,
    "offline": lambda station, values: station.offline(float(values["seconds"])),
    "throttle": lambda station, values: station.gate.throttle(float(values["seconds"]), station.clock.monotonic()),
    "expire_nonces": lambda station, values: station.gate.expire_nonces(),
    "rate": _rate,
    "quirks": _quirks,
    "auth": _auth,
    "hint_url": lambda station, values: station.set_hint_url(str(values["url"])),
}
"""By name: what is done with a station and the values given for it."""
