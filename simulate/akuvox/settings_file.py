"""The entries that make connectors poll these stations, as TOML to be put into a settings file."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from simulate.akuvox.errors import FatalError
from simulate.akuvox.station import Station

_AUTH = {"none": "none", "allow-list": "none", "basic": "basic", "digest": "digest"}


def connector_entries(stations: Sequence[Station], password_files: dict[str, Path]) -> str:
    """One `[[connectors.akuvox]]` per station. password_files: by password."""
    entries = []
    for station in stations:
        auth = station.gate.auth
        values = {
            "mac": station.mac,
            "name": f"simulated station {station.number}",
            "url": station.url,
            "zone": str(station.zone),
            "auth": _AUTH[auth.mode],
        }
        if auth.mode in ("basic", "digest"):
            values |= {"username": auth.username, "password_file": str(password_files[auth.password])}
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
        entries.append("\n".join(["[[connectors.akuvox]]", *lines, ""]))
    return "\n".join(entries)


def write_connector_entries(path: Path, stations: Sequence[Station]) -> None:
    """Write the entries, and the passwords into files beside it that only the owner may read. Raises FatalError."""
    passwords = dict.fromkeys(station.gate.auth.password for station in stations)
    files: dict[str, Path] = {}
    try:
        for at, password in enumerate(passwords):
            file = path.with_name(f"{path.name}.password{at or ''}").absolute()
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(password + "\n")
            files[password] = file
        path.write_text(connector_entries(stations, files), encoding="utf-8")
    except OSError as error:
        raise FatalError(f"simulate akuvox: cannot write {path} ({error}); give a writable file") from error
