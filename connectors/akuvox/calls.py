"""One call of the catalogue: where it is sent, in which form, what its retcode means. The typed methods build on it.

Source: the document's table (wire.akuvox.functions); spec/connectors.md A5, (d), A09.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from connectors.akuvox.transport import Reply, Request, Sleep, Transport, Upload
from connectors.errors import ConnectorFault, NotSupported, OutcomeUnknown, RequestRefused, ServerFault
from runtime.connector_sections import AkuvoxStation
from wire.akuvox.envelope import Answer, Json, Verdict, parse_answer, request_body, safe_message, verdict
from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.functions import Function, Kind, find_function
from wire.akuvox.redaction import allowed
from wire.akuvox.rows import LogPage, WriteResult, log_page, write_result

Parsed = TypeVar("Parsed")
Item = Mapping[str, str]
DELETE_BY: Final = frozenset({"ID", "Code", "Name", "Phone", "UserID"})
MAX_ITEMS: Final = 1000
_EMPTY_EXPORT = re.compile(r"\s*export fail", re.IGNORECASE)
_DOWNLOAD = re.compile(r"/download/\w[\w.\-]{0,99}", re.ASCII)
_WEB_PAGE = re.compile(rb"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)


class Calls:
    """Base of the typed methods. What a firmware does not have is remembered: asked once, then NotSupported at once."""

    def __init__(self, station: AkuvoxStation, *, monotonic: Callable[[], float], sleep: Sleep = asyncio.sleep) -> None:
        self._station = station
        self._transport = Transport(station, monotonic=monotonic, sleep=sleep)
        self._missing: dict[str, set[str]] = {}  # firmware: paths
        self.firmware = ""  # as system_info said; empty until then

    @property
    def unsupported(self) -> frozenset[str]:
        """Paths that this MAC with this firmware does not have."""
        return frozenset(self._missing.get(self.firmware, ()))

    def remember_unsupported(self, firmware: str, paths: Iterable[str]) -> None:
        """What an earlier process learnt of this station with this firmware."""
        self._missing.setdefault(firmware, set()).update(paths)

    def _learn_firmware(self, firmware: str) -> None:
        if not self.firmware:  # what was learnt before anybody asked is of this firmware
            self.remember_unsupported(firmware, self._missing.pop("", ()))
        self.firmware = firmware

    async def _answer(
        self,
        name: str,
        data: Json | None = None,
        *,
        params: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """A successful answer (retcode 0 and above). data makes it a POST, as every call is that is no read."""
        function = find_function(name)
        reply, path = await self._reply(function, data, params, upload)
        answer = self._parsed(function, path, reply)
        self._judge(function, path, answer)
        return answer

    async def _reply(
        self, function: Function, data: Json | None, params: Mapping[str, str] | None, upload: Upload | None
    ) -> tuple[Reply, str]:
        write = function.kind is not Kind.READ
        last = function.targets[-1]
        for target in function.targets:
            path = f"/api/{target}/{function.action}"
            if path in self.unsupported:
                continue
            post = write or data is not None
            request = Request(
                method="POST" if post else "GET",
                path=path,
                params=params or {},
                body=request_body(target, function.action, data) if post and upload is None else None,
                upload=upload,
                write=write,
                file=function.file,
            )
            try:
                reply = await self._transport.send(request)
            except RequestRefused:
                if target == last:
                    raise
                continue  # the other spelling may be the one; an HTTP status is no proof, so nothing is remembered
            if target == last or not self._lacks(reply):
                return reply, path
            self.remember_unsupported(self.firmware, [path])
        raise self._unsupported(function)

    def _lacks(self, reply: Reply) -> bool:
        try:
            return verdict(parse_answer(reply.body)) is Verdict.NOT_SUPPORTED
        except AnswerUnreadable:
            return False

    def _parsed(self, function: Function, path: str, reply: Reply) -> Answer:
        try:
            return parse_answer(reply.body)
        except AnswerUnreadable as error:
            raise self._fault(function, path, str(error)) from None

    def _judge(self, function: Function, path: str, answer: Answer) -> None:
        found = verdict(answer)
        if found is Verdict.OK:
            return
        if found is Verdict.NOT_SUPPORTED:
            self.remember_unsupported(self.firmware, [path])
            raise self._unsupported(function)
        message = f"{self._station.key}: {path} answers {answer.retcode}: {safe_message(answer.message)}"
        if found is Verdict.REFUSED or function.kind is not Kind.READ:
            raise RequestRefused(message)
        raise ServerFault(message)

    def _fault(self, function: Function, path: str, what: str) -> ConnectorFault:
        message = f"{self._station.key}: {path}: {what}"
        if function.kind is Kind.READ:
            return ServerFault(message)
        return OutcomeUnknown(f"{message}; whether it was done must be read back")

    def _unsupported(self, function: Function) -> ConnectorFault:
        return NotSupported(f"{self._station.key} with firmware {self.firmware or '?'} does not have {function.path}")

    async def _page(self, name: str, page: int | None, **params: str) -> LogPage:
        if page is not None and page < 1:
            raise RequestRefused(f"{name}: pages begin with 1")
        numbered = {} if page is None else {"page": str(page)}
        asked = numbered | {key: value for key, value in params.items() if value}
        return self._understood(name, log_page, await self._answer(name, params=asked))

    def _understood(self, name: str, parse: Callable[[Any], Parsed], value: Any) -> Parsed:
        try:
            return parse(value)
        except AnswerUnreadable as error:
            raise ServerFault(f"{self._station.key}: {name}: {error}") from None

    async def _write(self, name: str, data: Json | None = None) -> WriteResult:
        return write_result(await self._answer(name, data))

    async def _settings(self, name: str, data: Json | None = None) -> Json:
        """`Config...` values without secrets."""
        found = (await self._answer(name, data)).data
        if not isinstance(found, dict):
            raise ServerFault(f"{self._station.key}: {name} answers without data")
        kept: Json = allowed(found)[0]
        return kept

    async def _file(self, name: str, **params: str) -> bytes:
        """The bytes of an export. A JSON answer instead is an error, but for the documented empty contact list."""
        function = find_function(name)
        reply, path = await self._reply(function, None, params, None)
        if reply.body.lstrip()[:1] == b"{":
            answer = self._parsed(function, path, reply)
            if name == "contact/export" and answer.retcode == -1 and _EMPTY_EXPORT.match(answer.message):
                return b""
            self._judge(function, path, answer)
            raise self._fault(function, path, "an answer without a file")
        return self._whole(function, path, reply)

    async def _download(self, function: Function, address: object) -> bytes:
        """The file that an answer names: of this station and of its download folder alone."""
        if not isinstance(address, str) or not _DOWNLOAD.fullmatch(address):
            raise self._fault(function, function.path, "the address of the file is none of /download/")
        reply = await self._transport.send(Request("GET", address, file=True))
        return self._whole(function, address, reply)

    def _whole(self, function: Function, path: str, reply: Reply) -> bytes:
        if _WEB_PAGE.match(reply.body):
            raise self._fault(function, path, "a web page instead of a file")
        if not reply.body and "Content-Disposition" not in reply.headers:
            raise self._fault(function, path, "an empty answer instead of a file")
        return reply.body

    async def _import(self, name: str, file_name: str, content: bytes, **params: str) -> WriteResult:
        if not content:
            raise RequestRefused(f"{name}: the file is empty")
        if self._station.auth == "digest":  # a nonce first: a station may hang up in the midst of a file without login
            await self._answer("system/status")
        upload = Upload(find_function(name).upload, file_name, content)
        return write_result(await self._answer(name, params=params, upload=upload))


def items_of(items: Sequence[Item]) -> Json:
    """The data of add and set. Raises RequestRefused: none, or more than a station takes at once."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise RequestRefused(f"{len(items)} items: 1 to {MAX_ITEMS} go into one call")
    return {"item": [dict(item) for item in items]}


def chosen_of(items: Sequence[Item]) -> Json:
    """The data of del. Raises RequestRefused for an item that names nothing: a station may take it for all of them."""
    if not all(any(item.get(name) for name in DELETE_BY) for item in items):
        raise RequestRefused(f"every item to delete needs one of {', '.join(sorted(DELETE_BY))}")
    return items_of(items)


def settings_of(values: Mapping[str, str]) -> Json:
    """The data of `Config...` set. Raises RequestRefused for none and for a name that is no setting."""
    if not values or not all(name.startswith("Config.") for name in values):
        raise RequestRefused("settings are named `Config...`, at least one")
    return dict(values)
