"""From a name and arguments to the command's bytes. Everything is checked before anything is queued."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wire.zkpush.charset import UTF_8
from wire.zkpush.commands.catalogue import find_entry
from wire.zkpush.commands.entry import Capability, Entry, Kind, Parameter, Prerequisite
from wire.zkpush.commands.kinds import CHARSETS, refuse_control, to_wire
from wire.zkpush.commands.options import OPTION_ITEMS
from wire.zkpush.commands.redact import HIDDEN, redact_line
from wire.zkpush.errors import CommandInvalid

ALL_RECORDS: Final = "all_records"
_MAX_SHOWN: Final = 60
# What an administrator's raw line must not get past (errata Z14); firmware compares these without case.
_GATED_WORDS: Final = ("shell", "getfile", "putfile", "putadvfile", "upgrade")
_FREE_TEXT: Final = (Kind.TEXT, Kind.URL)


@dataclass(frozen=True, slots=True)
class BuiltCommand:
    """A command ready to be queued. `text` has no `C:id:`; `summary` is for people and holds no secret.

    `cuts_off` is the entry's, or the option's where one is set.
    """

    entry: Entry = field(repr=False)
    text: bytes = field(repr=False)  # may hold secrets
    summary: str
    secret_parameters: tuple[str, ...]
    cuts_off: bool


def build(name: str, arguments: Mapping[str, str | int], charset: str = UTF_8) -> BuiltCommand:
    """Check the arguments and write the line in the device's charset (utf-8 or gb18030).

    A missing key that means "all records" needs the argument `all_records` (errata Z10). Raises `CommandInvalid`.
    """
    entry = find_entry(name)
    if charset not in CHARSETS:
        raise CommandInvalid(f"{name}: charset {charset[:20]!r} must be one of {', '.join(CHARSETS)}")
    if name == "raw":
        return _build_raw(entry, arguments, charset)
    _refuse_unknown(entry, arguments)
    _refuse_all_by_accident(entry, arguments)
    wire: dict[str, str] = {}
    for parameter in entry.parameters:
        value = arguments.get(parameter.name, parameter.default)
        if value is not None:
            wire[parameter.name] = to_wire(name, parameter, value, charset)
            _refuse_key(entry, parameter, wire[parameter.name])
        elif parameter.required:
            hint = f" ({parameter.help})" if parameter.help else ""
            raise CommandInvalid(f"{name}: parameter {parameter.name} is missing; give it{hint}")
    for parameter in entry.parameters:
        if parameter.kind is Kind.LENGTH and parameter.of in wire:
            wire[parameter.name] = str(len(wire[parameter.of]))
        if parameter.needs and parameter.name in wire and parameter.needs not in wire:
            raise CommandInvalid(f"{name}: parameter {parameter.name} needs {parameter.needs} too; give both")
    if entry.check is not None:
        try:
            entry.check(arguments, wire, charset)
        except ValueError as error:
            raise CommandInvalid(f"{name}: {error}") from None
    return _built(entry, arguments, wire, charset)


def unmet_prerequisites(
    name: str, arguments: Mapping[str, str | int], device_options: Mapping[str, str]
) -> tuple[Prerequisite, ...]:
    """What the device lacks for this command with these arguments (errata Z11).

    `device_options` are those that the device reported; an option that is unknown counts as lacking. Raises
    `CommandInvalid` for the name.
    """
    return tuple(
        need
        for need in find_entry(name).prerequisites
        if (not need.parameter or need.parameter in arguments) and device_options.get(need.option) != need.value
    )


def lacks_capability(name: str, flags: str | None) -> bool:
    """Whether the device says in INFO (`flags`, one character a function) that it cannot do what the command needs.

    A device that says nothing is believed to be able. Raises `CommandInvalid` for the name.
    """
    capability = find_entry(name).capability
    if capability is None or not flags:
        return False
    position = list(Capability).index(capability)
    return flags[position : position + 1] == "0"


def _refuse_unknown(entry: Entry, arguments: Mapping[str, str | int]) -> None:
    known = [parameter.name for parameter in entry.parameters if parameter.kind is not Kind.LENGTH]
    known += [ALL_RECORDS] if entry.all_keys else []
    for name in arguments:
        if name not in known:
            raise CommandInvalid(f"{entry.name}: no parameter {name[:40]!r}; it takes {', '.join(known) or 'none'}")


def _refuse_all_by_accident(entry: Entry, arguments: Mapping[str, str | int]) -> None:
    if not entry.all_keys:
        return
    given = [key for key in entry.all_keys if key in arguments]
    wanted = arguments.get(ALL_RECORDS, 0)
    if wanted not in (0, 1):
        raise CommandInvalid(f"{entry.name}: parameter {ALL_RECORDS} must be true or false")
    if wanted and given:
        raise CommandInvalid(f"{entry.name}: {given[0]} and {ALL_RECORDS} contradict each other; give one of the two")
    if not wanted and not given:
        raise CommandInvalid(
            f"{entry.name}: without {' or '.join(entry.all_keys)} it means all records; give "
            f"{' or '.join(entry.all_keys)}, or {ALL_RECORDS} if all are meant"
        )


def _refuse_key(entry: Entry, parameter: Parameter, text: str) -> None:
    """Old firmware looks for `Key=` anywhere in the line, so a name such as "x Pri=14" would set the privilege."""
    if parameter.kind not in _FREE_TEXT or not parameter.key:
        return
    for other in entry.parameters:
        if other.key and f"{other.key}=".lower() in text.lower():
            raise CommandInvalid(
                f"{entry.name}: parameter {parameter.name} holds {other.key}=, which the device would read as that "
                "parameter; change it"
            )


def _built(entry: Entry, arguments: Mapping[str, str | int], wire: Mapping[str, str], charset: str) -> BuiltCommand:
    sent = [one for one in entry.parameters if one.on_wire and one.name in wire]
    pieces = [f"{one.key}={wire[one.name]}" if one.key else wire[one.name] for one in sent]
    all_records = bool(arguments.get(ALL_RECORDS))
    if all_records and entry.all_word:
        pieces.append(entry.all_word)
    line = entry.words + (entry.glue + entry.separator.join(pieces) if pieces else "")
    secret = {one.name for one in sent if one.secret}
    cuts_off = entry.cuts_off
    if entry.name == "option.set":  # the item decides
        item = OPTION_ITEMS[wire["item"]]
        cuts_off = item.cuts_off
        secret = secret if item.spec.secret else set()
    asked = [one for one in sent if one.name in arguments]
    shown = [f"{one.name}={HIDDEN if one.name in secret else _show(wire[one.name])}" for one in asked]
    shown += [ALL_RECORDS] if all_records else []
    summary = entry.title + (f": {', '.join(shown)}" if shown else "")
    return BuiltCommand(entry, line.encode(charset), summary, tuple(sorted(secret)), cuts_off)


def _show(value: str) -> str:
    return redact_line(value)[:_MAX_SHOWN].replace("\t", " ")


def _build_raw(entry: Entry, arguments: Mapping[str, str | int], charset: str) -> BuiltCommand:
    _refuse_unknown(entry, arguments)
    line = arguments.get("line")
    if not isinstance(line, str) or not line.strip():
        raise CommandInvalid("raw: parameter line is missing; give the command's text")
    try:
        refuse_control(line.replace("\t", ""))
    except ValueError:
        raise CommandInvalid("raw: parameter line must be one line; of control characters only tabs") from None
    if line != line.strip():
        raise CommandInvalid("raw: parameter line must not begin or end with a blank; remove it")
    if line.lower().startswith("c:"):
        raise CommandInvalid("raw: parameter line must not hold C:id:; leave it out, the id is given later")
    for word in _GATED_WORDS:
        if line.lower().startswith(word):
            raise CommandInvalid(f"raw: {word} has an entry of its own with a setting that allows it; use that")
    text = line.encode(charset)
    most = entry.parameters[0].max_bytes
    if len(text) > most:
        raise CommandInvalid(f"raw: parameter line has {len(text)} bytes, at most {most}; shorten it")
    shown = redact_line(line)[: 2 * _MAX_SHOWN].replace("\t", " ")
    secret = ("line",) if redact_line(line) != line else ()
    return BuiltCommand(entry, text, f"{entry.title}: {shown}", secret, entry.cuts_off)
