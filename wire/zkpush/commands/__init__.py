"""Everything that a server can tell a ZK terminal: one typed catalogue, its checks and its bytes.

Sources: the vendor's document, Part VI, and what is known from the field (spec/zk-push.md 2.5, 2.6). Pure: no I/O, no
clock, no state; the life of a command (queue, resend, expiry) is elsewhere. One module a family of commands; a family
is a tuple of entries that `catalogue` joins. `entry` has the types, `kinds` and `values` the checks of values,
`results` the result codes, `build` makes a command, `frame` puts commands into an answer.

Wire forms are the document's, corrected (errata Z10): keys in its order, parted by tabs. UPDATE, DELETE and QUERY
always stand behind DATA, though half of the chapters print them alone: 7.1 gives that form, and firmware looks at the
first word (field).
"""

from wire.zkpush.commands.build import ALL_RECORDS, BuiltCommand, build, lacks_capability, unmet_prerequisites
from wire.zkpush.commands.catalogue import CATALOGUE, read_result
from wire.zkpush.commands.entry import Answer, Capability, Entry, Firmware, Kind, Parameter, Prerequisite, Role
from wire.zkpush.commands.frame import MAX_BYTES, MAX_BYTES_GPRS, MAX_COUNT, frame, pack
from wire.zkpush.commands.options import OPTION_ITEMS, OptionItem
from wire.zkpush.commands.redact import redact_line
from wire.zkpush.commands.results import Outcome, ResultTable

__all__ = [
    "ALL_RECORDS",
    "CATALOGUE",
    "MAX_BYTES",
    "MAX_BYTES_GPRS",
    "MAX_COUNT",
    "OPTION_ITEMS",
    "Answer",
    "BuiltCommand",
    "Capability",
    "Entry",
    "Firmware",
    "Kind",
    "OptionItem",
    "Outcome",
    "Parameter",
    "Prerequisite",
    "ResultTable",
    "Role",
    "build",
    "frame",
    "lacks_capability",
    "pack",
    "read_result",
    "redact_line",
    "unmet_prerequisites",
]
