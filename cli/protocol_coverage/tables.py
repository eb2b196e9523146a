"""Tables of the document and of the field, lines of OPERLOG, and tables of codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, example, unit
from ingest.emit import route_of

_UP: Final = Direction.TO_SERVER
_DONE: Final = Status.DONE
_OPERLOG: Final = "wire/zkpush/operlog.py"
_OWN: Final = unit("wire/test_operlog::test_tables_of_their_own_with_and_without_the_tag")
_GENERIC: Final = unit("wire/test_operlog::test_what_nobody_named_is_kept_as_pairs",
                       "processors/normalize/test_tables::test_tables_without_a_type_are_records")  # fmt: skip
_DOORS: Final = "wire/zkpush/access.py"


def _routed(row: Row) -> Row:
    return replace(row, ours=f"{row.ours} ({route_of(row.name.upper()).topic})")


TABLES: Final = tuple(
    map(
        _routed,
        (
            Row("Table 2-2", "ATTLOG", _UP, _DONE, "wire/zkpush/attlog.py", example("C11", "C12", "C14")),
            Row("Table 2-2", "OPERLOG", _UP, _DONE, _OPERLOG, example("C31", "C34")),
            Row("Table 2-2", "ATTPHOTO", _UP, _DONE, "wire/zkpush/photos.py", example("C44", "C45")),
            Row("Table 2-2", "SMS", _UP, _DONE, _OPERLOG, _GENERIC, ("Z17",), "records; sent by sms.update"),
            Row("Table 2-2", "USER_SMS", _UP, _DONE, _OPERLOG, _GENERIC, ("Z17",), "records; sent by sms.assign"),
            Row("Table 2-2", "USERINFO", _UP, _DONE, _OPERLOG, _OWN),
            Row("Table 2-2", "FINGERTMP", _UP, _DONE, _OPERLOG, _OWN),
            Row("Table 2-2", "FACETMP", _UP, _DONE, _OPERLOG, _OWN),
            Row("Table 2-2", "USERPIC", _UP, _DONE, _OPERLOG, example("C41")),
            Row("field O9", "BIODATA", _UP, _DONE, _OPERLOG, example("C39")),
            Row("field 2.4", "BIOPHOTO", _UP, _DONE, _OPERLOG, example("C40")),
            Row("field O16", "ERRORLOG", _UP, _DONE, _OPERLOG, example("C42")),
            Row("field O16", "IDCARD", _UP, _DONE, _OPERLOG, _GENERIC, note="records without what is secret"),
            Row("field O16", "WORKCODE", _UP, _DONE, _OPERLOG, _GENERIC),
            Row("field O16", "FVEIN", _UP, _DONE, _OPERLOG, _OWN),
            Row("field O13", "ATTPHOTOBase64", _UP, _DONE, "wire/zkpush/photos.py",
                unit("wire/test_photos::test_base64_after_the_nul_or_in_a_line")),
            Row("field H16", "options", _UP, _DONE, "wire/zkpush/options.py", example("C48")),
            Row("field E2", "rtlog", _UP, _DONE, _DOORS, example("C59")),
            Row("field E3", "rtstate", _UP, _DONE, _DOORS, example("C61")),
            Row("field E4", "tabledata", _UP, _DONE, _DOORS,
                unit("wire/test_access::test_tables_by_their_word_or_by_the_request")),
            Row("field O16", "any other table", _UP, _DONE, _OPERLOG, _GENERIC, note="key=value lines"),
        ),
    )
)  # fmt: skip

LINES: Final = (
    Row("Table 2.5", "USER", _UP, _DONE, "wire/zkpush/row_lines.py", example("C31", "C35")),
    Row("Table 2.5", "FP", _UP, _DONE, "wire/zkpush/row_lines.py", example("C32")),
    Row("Table 2.5", "FACE", _UP, _DONE, "wire/zkpush/row_lines.py", example("C38")),
    Row("Table 2.5", "OPLOG", _UP, _DONE, "wire/zkpush/row_lines.py", example("C34"), ("Z6",)),
    Row("field O1", "USERPIC, FVEIN, BIODATA, BIOPHOTO, ERRORLOG among them", _UP, _DONE, "wire/zkpush/row_lines.py",
        example("C41"), items=("USERPIC", "FVEIN", "BIODATA", "BIOPHOTO", "ERRORLOG")),
)  # fmt: skip

_WORDS: Final = "wire/zkpush/words.py"
CODES: Final = (
    Row("Table 2.3", "verify modes, configured and logged", _UP, _DONE, _WORDS,
        unit("wire/test_words::test_every_configured_value_of_the_document_has_a_word",
             "wire/test_words::test_a_device_may_map_its_verify_codes"), ("Z5",)),
    Row("Table 2.3", "16 and 17: nobody was verified", _UP, _DONE, _WORDS,
        unit("wire/test_words::test_sixteen_and_seventeen_verified_nobody"), ("Z5",)),
    Row("Table 2.4", "attendance states", _UP, _DONE, _WORDS, unit("wire/test_words::test_states"), ("Z12",)),
    Row("Table 2.6", "operation codes and their operands", _UP, _DONE, _WORDS,
        unit("wire/test_words::test_operations",
             "processors/normalize/test_tables::test_c34_operations_with_words_and_operands"), ("Z6",)),
    Row("Table 2.6", "reasons of an alarm", _UP, _DONE, _WORDS, unit("wire/test_words::test_alarms"), ("Z6",)),
    Row("Table 2.7", "result codes", _UP, _DONE, "wire/zkpush/commands/results.py",
        unit("wire/commands/test_results::test_every_entry_reads_every_code"), ("Z2",)),
    Row("VI 7.9", "result codes of pictures", _UP, _DONE, "wire/zkpush/commands/results.py",
        unit("wire/commands/test_results::test_z2_the_same_code_by_table"), ("Z2",)),
    Row("Appendix 1", "result codes of enrolments and queries", _UP, _DONE, "wire/zkpush/commands/results.py",
        unit("wire/commands/test_results::test_z2_positive_enrolment_codes_are_failures"), ("Z2",)),
    Row("III 2.4.5", "INFO's flags: fingerprint, face, user picture", _UP, _DONE, "wire/zkpush/commands/build.py",
        unit("wire/commands/test_build::test_capabilities_that_the_device_denies")),
    Row("VI 4", "TransactionCount, FPCount, UserCount, FWVersion", _UP, _DONE, "processors/devices/reported.py",
        unit("processors/devices/test_reports::test_capacity_and_fill"), ("Z13",),
        items=("TransactionCount", "FPCount", "UserCount", "FWVersion")),
)  # fmt: skip
