"""The one place that joins the families: every command by its name."""

from typing import Final

from wire.zkpush.commands.access import ACCESS
from wire.zkpush.commands.access_data import ACCESS_DATA
from wire.zkpush.commands.biometrics import BIOMETRICS
from wire.zkpush.commands.codes import CODES
from wire.zkpush.commands.device import DEVICE
from wire.zkpush.commands.enrolment import ENROLMENTS
from wire.zkpush.commands.entry import Entry
from wire.zkpush.commands.files import FILES
from wire.zkpush.commands.keys import KEYS
from wire.zkpush.commands.levers import LEVERS
from wire.zkpush.commands.messages import MESSAGES
from wire.zkpush.commands.options import OPTIONS
from wire.zkpush.commands.results import Outcome, read_code
from wire.zkpush.commands.schedules import SCHEDULES
from wire.zkpush.commands.users import USERS
from wire.zkpush.errors import CommandInvalid

_FAMILIES: Final = (
    *(DEVICE, OPTIONS, USERS, BIOMETRICS, ENROLMENTS),
    *(MESSAGES, CODES, SCHEDULES, KEYS, FILES, ACCESS, ACCESS_DATA, LEVERS),
)
CATALOGUE: Final[dict[str, Entry]] = {entry.name: entry for family in _FAMILIES for entry in family}


def find_entry(name: str) -> Entry:
    """The entry of a name. Raises `CommandInvalid` for one that is not in the catalogue."""
    entry = CATALOGUE.get(name)
    if entry is None:
        raise CommandInvalid(f"{name[:40]!r} is no command; the catalogue has {len(CATALOGUE)}, look there")
    return entry


def read_result(entry_name: str, return_code: int | None) -> Outcome:
    """A device's Return code in words, by the entry's own table (errata Z2). Raises `CommandInvalid` for the name."""
    return read_code(find_entry(entry_name).results, return_code)
