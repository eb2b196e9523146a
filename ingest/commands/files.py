"""Files that devices fetch because a command told them to (PutFile, UPGRADE; spec D17).

The allow-list is twofold: a file must lie in control.files_folder, and the device must have an open command that names
it. Which file is served is the command's word, the request only says which of them is meant.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import web

from ingest.commands.texts import line_of
from ingest.errors import Poison, Reason
from ingest.exchange import Exchange
from runtime.command_view import CommandView
from runtime.keyring import KeyRing
from wire.zkpush.commands import CATALOGUE

_PATHS: Final = re.compile(r"^/*iclock/+f?file(?:name=|/+)", re.IGNORECASE)
_PUT: Final = "PutFile "
_UPGRADE: Final = "UPGRADE "
_BLANK: Final = re.compile(r"[\t ]")


class DeviceFiles:
    """`folder` None: no file is served to anybody."""

    def __init__(self, *, view: CommandView, keys: KeyRing, folder: Path | None) -> None:
        self._view = view
        self._keys = keys
        self._folder = folder

    async def serve_file(self, exchange: Exchange) -> web.StreamResponse:
        """The file, or the range of it that is asked for. Raises Poison (404) for any other."""
        wanted = name_of(exchange.request.raw_path).casefold()
        if self._folder is not None and wanted:
            for name in self._named_to(exchange.device.serial):
                if name.casefold() == wanted and await asyncio.to_thread(is_file_of, self._folder, name):
                    # The type is one that no agent unpacks by itself.
                    headers = {"Content-Type": "application/octet-stream"}
                    return web.FileResponse(self._folder / name, headers=headers)
        raise Poison(Reason.NOT_FOUND, "no such file for this device\n", status=404)

    def _named_to(self, serial: str) -> list[str]:
        """Names that the device's open commands give it."""
        names = []
        for command in self._view.open_of(serial):
            entry = CATALOGUE.get(command.state.requested.name)
            if entry is not None and any(parameter.name == "url" for parameter in entry.parameters):
                names.append(name_of(_address_in(line_of(self._keys, command))))
        return [name for name in names if name]


def is_file_of(folder: Path, name: str) -> bool:
    """Whether `name`, a path relative to the folder, is a file that lies within it. Looks at the disk."""
    if not name or "\0" in name:
        return False
    root = folder.resolve()
    path = (root / name).resolve()
    return path.is_relative_to(root) and path.is_file()


def name_of(address: str) -> str:
    """The file that an address names, relative to the folder; empty where it names none.

    Forms: `file?SN=..&url=NAME`, `file/NAME`, `FileName=NAME?..`, with or without host and /iclock/. A NAME may itself
    be such an address: some firmware puts the whole of it behind `url=`.
    """
    if address.startswith("/"):  # no host follows, however many slashes there are
        address = "/" + address.lstrip("/")
    parts = urlsplit(address)
    path = parts.path if parts.path.startswith("/") else f"/iclock/{parts.path}"
    named = {key.lower(): values for key, values in parse_qs(parts.query).items()}.get("url")
    if named and not _PATHS.match(path):
        return name_of(named[0]) if "url=" in named[0] else _relative(named[0])
    found = _PATHS.match(path)
    return unquote(path[found.end() :]).strip("/") if found else ""


def _relative(name: str) -> str:
    path = urlsplit(name).path
    found = _PATHS.match(path)
    return (path[found.end() :] if found else path).strip("/")


def _address_in(line: str) -> str:
    """The address that a line tells a device to fetch."""
    if line.startswith(_PUT):
        return _BLANK.split(line.removeprefix(_PUT), maxsplit=1)[0]
    if line.startswith(_UPGRADE):
        pairs = [piece.partition("=") for piece in line.removeprefix(_UPGRADE).split(",")]
        return next((value for key, _, value in pairs if key == "url"), "")
    return ""
