"""Checks of what is written to devices: anything given is one safe line, or refused with the error that says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from wire.zkpush import lookups
from wire.zkpush.charset import decode_text
from wire.zkpush.commands import CATALOGUE, build, frame, pack, read_result, redact_line
from wire.zkpush.errors import CommandInvalid, OptionsInvalid, ZkPushError
from wire.zkpush.handshake import DeviceOptions, build_options
from wire.zkpush.session import is_session_token, registration_code, session_token, table_count


def command(data: bytes) -> None:
    """Pieces parted by NUL: entry, charset, then names and values of arguments in turn."""
    name, charset, *rest = [decode_text(piece)[0] for piece in data.split(b"\0")] + ["", ""]
    arguments: dict[str, str | int] = dict(zip(rest[::2], rest[1::2], strict=False))
    arguments.pop("", None)
    if arguments.get("all_records") == "1":
        arguments["all_records"] = 1
    try:
        built = build(name, arguments, charset)
    except CommandInvalid:
        return
    assert not set(b"\r\n\0") & set(built.text), "more than one line"
    line = frame("7", built.text)
    assert line.count(b"\n") == 1
    assert pack([("7", name, built.text)] * 3)
    assert built.text.startswith(CATALOGUE[name].words.encode())
    redact_line(decode_text(built.text)[0])
    for code in (0, -1, 4, None):
        read_result(name, code)


def lookup(data: bytes) -> None:
    """Pieces parted by NUL: what a device or a site's hook may say, put into each answer."""
    pieces = [decode_text(piece)[0] for piece in data.split(b"\0")] + [""] * 4
    first, second, third, charset = pieces[0], pieces[1], pieces[2], "gb18030" if len(data) % 2 else "utf-8"
    shown = lookups.LastPunch(first, second, 1, third, datetime(2026, 3, 1, 9))  # noqa: DTZ001 - wall time of a clock
    style = lookups.SelfServiceStyle(len(data) % 3)
    writers: tuple[Callable[[], bytes], ...] = (
        lambda: lookups.build_last_punch(shown, charset),
        lambda: lookups.build_self_service(len(first), second, style, third, charset),
        lambda: lookups.build_menu([lookups.MenuItem(1, first), lookups.MenuItem(len(second), third)]).encode(),
        lambda: str(lookups.parse_menu(third)).encode(),
        lambda: lookups.build_remote_att([data]),
        lambda: lookups.build_attendance_auth(first, second, 0, 1, third, charset),
        lambda: lookups.build_access_auth(bool(first), data, second, third, charset),
    )
    for write in writers:
        try:
            assert write()
        except ZkPushError:
            continue


def handshake(data: bytes) -> None:
    """Pieces parted by NUL: tables and stamps in turn, as devices sent them; every answer is lines of one option."""
    pieces = [decode_text(piece)[0] for piece in data.split(b"\0")]
    stamps = dict(zip(pieces[::2], pieces[1::2], strict=False))
    resend = frozenset(pieces[:1])
    try:
        reply = build_options("12300001", DeviceOptions(0, stamps=stamps, resend=resend))
    except OptionsInvalid:
        return
    lines = reply.decode("ascii").split("\n")
    assert lines.pop() == ""
    assert all(line.count("=") == 1 for line in lines[1:]), "a stamp broke out of its line"


def session(data: bytes) -> None:
    text = decode_text(data)[0]
    code = registration_code(b"secret of this test", text)
    token = session_token(code, text, code)
    assert is_session_token(f"token={token}", code, text, code)
    assert not is_session_token(text, code, "12300001", code)
    assert b"\n" not in table_count(text, 3)
