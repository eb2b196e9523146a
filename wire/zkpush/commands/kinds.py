"""From a caller's argument to the wire's text, by the parameter's kind; everything is checked here.

A value can never hold a control character, so none can end a line or begin another key (spec/zk-push.md D5).
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from wire.zkpush.charset import GB18030, UTF_8
from wire.zkpush.commands import values
from wire.zkpush.commands.entry import Kind, Parameter
from wire.zkpush.errors import CommandInvalid

CHARSETS: Final = (UTF_8, GB18030)
MAX_SHOWN: Final = 40

_INTEGER = re.compile(r"-?\d{1,10}", re.ASCII)
_PIN = re.compile(r"[0-9A-Za-z._-]{1,24}", re.ASCII)
_CARD = re.compile(r"\d{1,20}|\[[0-9A-Fa-f]{8}(?:[0-9A-Fa-f]{8})?\]", re.ASCII)
_CARD_HEX = re.compile(r"[0-9A-Fa-f]{1,16}", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+", re.ASCII)
_MD5 = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)
_WORD = re.compile(r"~?[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_DEVICE_PATH = re.compile(r"[\x21-\x7e]+", re.ASCII)
# A colon only behind the host: what has none is relative to /iclock/.
_URL = re.compile(r"(?:https?://[0-9A-Za-z.-]+(?::\d{1,5})?/)?[0-9A-Za-z._~/?&=%+@!$'()*-]+", re.ASCII)
_MASK = re.compile(r"[01](?::[01])*", re.ASCII)
_LITERAL_SCHEDULES = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_CONDITION = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,23})=([0-9A-Za-z.: -]{1,40})", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII)


def to_wire(owner: str, parameter: Parameter, value: str | int, charset: str) -> str:
    """The value as it stands on the wire, in str. Raises `CommandInvalid` naming `owner` and the parameter."""
    text = str(int(value)) if isinstance(value, int) else value
    try:
        if not text and parameter.may_be_empty:
            return text
        refuse_control(text)
        _refuse_forbidden(text, parameter)
        wire = _CHECKS[parameter.kind](parameter, text)
        _check_length(wire, parameter, charset)
    except ValueError as error:
        shown = "" if parameter.secret else f" (given: {text[:MAX_SHOWN]!r})"
        raise CommandInvalid(f"{owner}: parameter {parameter.name} {error}{shown}") from None
    return wire


def refuse_control(text: str) -> None:
    """Nothing that ends a line or a value. Raises ValueError with the rule."""
    for character in text:
        # Zl and Zp are line ends too for some readers
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise ValueError("must be on one line, without tabs and other control characters; remove them")


def _refuse_forbidden(text: str, parameter: Parameter) -> None:
    for character in parameter.forbidden:
        if character in text:
            raise ValueError(f"must not hold {character!r}, which parts the values of this command")


def _check_length(wire: str, parameter: Parameter, charset: str) -> None:
    if parameter.max_characters and len(wire) > parameter.max_characters:
        raise ValueError(f"has {len(wire)} characters, at most {parameter.max_characters}; shorten it")
    size = len(wire.encode(charset))
    if parameter.max_bytes and size > parameter.max_bytes:
        raise ValueError(f"has {size} bytes in {charset}, at most {parameter.max_bytes}; shorten it")


def _integer(parameter: Parameter, text: str) -> str:
    if _INTEGER.fullmatch(text) is None or not parameter.low <= int(text) <= parameter.high:
        raise ValueError(f"must be a whole number from {parameter.low} to {parameter.high}")
    return str(int(text))


def _hex_byte(parameter: Parameter, text: str) -> str:
    return f"{int(_integer(parameter, text)):02X}"


def _choice(parameter: Parameter, text: str) -> str:
    for choice in parameter.choices:
        if str(choice) == text:
            return text
    listed = ", ".join(f"{choice} ({words})" for choice, words in parameter.choices.items())
    raise ValueError(f"must be one of {listed}")


def _text(parameter: Parameter, text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    if text != text.strip():
        raise ValueError("must not begin or end with a blank")
    return text


def _matching(pattern: re.Pattern[str], rule: str) -> Callable[[Parameter, str], str]:
    def check(parameter: Parameter, text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError(f"must be {rule}")
        return text

    return check


def _helper(function: Callable[[str], str | int]) -> Callable[[Parameter, str], str]:
    def check(parameter: Parameter, text: str) -> str:
        return str(function(text))

    return check


def _base64(parameter: Parameter, text: str) -> str:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    if not decoded:
        raise ValueError("must not be empty")
    return text


def _instant(separator: str) -> Callable[[Parameter, str], str]:
    def check(parameter: Parameter, text: str) -> str:
        wrong = "must be a device-local time YYYY-MM-DDThh:mm:ss"
        if _TIME.fullmatch(text) is None:
            raise ValueError(wrong)
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(wrong) from None
        return f"{text[:10]}{separator}{text[11:]}"

    return check


def _calendar(form: str, length: int, prefix: str, rule: str) -> Callable[[Parameter, str], str]:
    def check(parameter: Parameter, text: str) -> str:
        try:
            if len(text) != length or not text.isascii() or not text.isdigit():
                raise ValueError
            datetime.strptime(prefix + text, form)  # noqa: DTZ007 - a calendar day, no instant
        except ValueError:
            raise ValueError(f"must be {rule}") from None
        return text

    return check


def _mask(parameter: Parameter, text: str) -> str:
    digits = text.split(":")
    if _MASK.fullmatch(text) is None or len(digits) != parameter.high:
        raise ValueError(
            f"must be {parameter.high} digits 0 or 1 parted by ':' such as {values.mask({1}, parameter.high)}"
        )
    return text


def _schedules(group: bool) -> Callable[[Parameter, str], str]:
    """Decimal ids parted by ','; or the wire's own digits, as another device reported them."""
    digits = 12 if group else 16

    def check(parameter: Parameter, text: str) -> str:
        if len(text) == digits and _LITERAL_SCHEDULES.fullmatch(text):
            ids = [int(text[at : at + 4], 16) for at in range(digits - 12, digits, 4)]
            values.group_schedules(ids)
            return text.upper()
        if not group and text == "group":
            return values.user_schedules(None)
        if not all(_INTEGER.fullmatch(number) for number in text.split(",")):
            also = "" if group else ", the word group,"
            raise ValueError(f"must be up to three schedule ids parted by ','{also} or {digits} hexadecimal digits")
        numbers = [int(number) for number in text.split(",")]
        return values.group_schedules(numbers) if group else values.user_schedules(numbers)

    return check


def _group_periods(parameter: Parameter, text: str) -> str:
    numbers = text.split(";")
    if len(numbers) != 3 or not all(_INTEGER.fullmatch(number) for number in numbers):
        raise ValueError("must be three time zone ids parted by ';' such as 1;0;0")
    if not all(parameter.low <= int(number) <= parameter.high for number in numbers):
        raise ValueError(f"must be time zone ids from {parameter.low} to {parameter.high}")
    return text


def _device_path(parameter: Parameter, text: str) -> str:
    if _DEVICE_PATH.fullmatch(text) is None:
        raise ValueError("must be a path of printable ASCII without blanks")
    if ".." in text.split("/"):
        raise ValueError("must not climb with '..'")
    return text


def _url(parameter: Parameter, text: str) -> str:
    if _URL.fullmatch(text) is None or ".." in text.split("/"):
        raise ValueError("must be an http address, or one relative to /iclock/, without blanks and '..'")
    return text


def _conditions(parameter: Parameter, text: str) -> str:
    if text in parameter.choices:
        return text
    conditions = text.split(";")
    if not all(_CONDITION.fullmatch(condition) for condition in conditions):
        raise ValueError(f"must be {' or '.join(map(str, parameter.choices))}, or field=value parted by ';'")
    return "\t".join(conditions)


_CHECKS: Final[Mapping[Kind, Callable[[Parameter, str], str]]] = {
    Kind.INTEGER: _integer,
    Kind.CHOICE: _choice,
    Kind.TEXT: _text,
    Kind.PIN: _matching(_PIN, "1 to 24 letters, digits, '.', '_' or '-'"),
    Kind.CARD: _matching(_CARD, "a decimal card number, or [hexadecimal] of 8 or 16 digits"),
    Kind.CARD_HEX: _matching(_CARD_HEX, "a card number of up to 16 hexadecimal digits"),
    Kind.HEX_BYTE: _hex_byte,
    Kind.HEX: _matching(_HEX, "pairs of hexadecimal digits"),
    Kind.MD5: _matching(_MD5, "an MD5 sum of 32 hexadecimal digits"),
    Kind.BASE64: _base64,
    Kind.TIME_T: _instant("T"),
    Kind.TIME_BLANK: _instant(" "),
    Kind.DATE: _calendar("%Y%m%d", 8, "", "a day YYYYMMDD"),
    Kind.MONTH_DAY: _calendar("%Y%m%d", 4, "2000", "a day MMDD"),
    Kind.HHMM: _helper(lambda text: "{:02d}:{:02d}".format(*values.clock(text))),
    Kind.CLOCK: _helper(lambda text: "{:02d}{:02d}".format(*values.clock(text))),
    Kind.CLOCK_256: _helper(values.clock_256),
    Kind.DAY_TIMES: _helper(lambda text: values.day_times(text.removesuffix(";").split(";"))),
    Kind.WEEK: _helper(lambda text: values.week_digits(text.split(";"))),
    Kind.PERIOD: _helper(values.access_period),
    Kind.MASK: _mask,
    Kind.USER_SCHEDULES: _schedules(group=False),
    Kind.GROUP_SCHEDULES: _schedules(group=True),
    Kind.GROUP_PERIODS: _group_periods,
    Kind.IPV4: _helper(values.ipv4),
    Kind.NETMASK: _helper(values.netmask),
    Kind.MAC: _helper(values.mac),
    Kind.VERIFY_MAP: _helper(values.verify_map),
    Kind.URL: _url,
    Kind.DEVICE_PATH: _device_path,
    Kind.WORD: _matching(_WORD, "a name of letters, digits and '_'"),
    Kind.CONDITIONS: _conditions,
}
