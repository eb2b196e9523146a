"""Commands, from the catalogue; and the chapters of Part VI that are no command of their own."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import POSSIBLY_MANUAL, Direction, Row, Status, contract, example, unit
from wire.zkpush.commands import CATALOGUE, Entry

# Every chapter of Part VI that says something; a test holds the page against it.
CHAPTERS: Final = (
    *("1", "2", "3", "4", "5", "6"),
    *(f"7.{number}" for number in range(1, 11)),
    *("7.11.1", "7.11.2", "7.11.3", "7.12.1", "7.12.2", "7.13.1", "7.13.2", "7.13.3", "7.13.4", "7.14.1"),
    *("7.15.1", "7.15.2", "7.15.3", "7.15.4", "7.16.1", "7.16.2", "7.17.1", "7.17.2", "7.17.3"),
    *("8", "9", "10.1", "10.2", "11.1", "11.2", "11.3", "12.1", "13.1", "13.2", "13.3", "14", "15"),
)


def _command(entry: Entry) -> Row:
    notes = [entry.title, f"answer: {entry.answer.value}"]
    notes += [f"firmware: {entry.firmware.value}"] if entry.firmware.value != "any" else []
    notes += ["destroys"] if entry.destroys else []
    notes += ["can cut off"] if entry.cuts_off else []
    notes += [f"setting {entry.gate}, admin"] if entry.gate else []
    tests = (*contract("test_protocol_coverage::test_every_command_has_its_bytes_pinned"),)
    tests += unit("wire/commands/test_catalogue::test_the_exact_bytes")
    wire = f"`{entry.words}`" if entry.words else "`any line`"
    chapter = entry.chapter if entry.chapter.startswith("VI") else entry.chapter.partition(";")[0].partition(",")[0]
    return Row(
        chapter, f"{entry.name}: {wire}", Direction.TO_DEVICE, Status.DONE, f"results: {entry.results.name}",
        tests, entry.errata, "; ".join(notes), (entry.name,),
    )  # fmt: skip


DOCUMENT_COMMANDS: Final = tuple(_command(entry) for entry in CATALOGUE.values() if entry.chapter.startswith("VI"))
FIELD_COMMANDS: Final = tuple(_command(entry) for entry in CATALOGUE.values() if not entry.chapter.startswith("VI"))

OTHER_CHAPTERS: Final = (
    Row("VI 7.1", "DATA UPDATE|DELETE", Direction.TO_DEVICE, Status.DONE, "wire/zkpush/commands/build.py",
        unit("wire/commands/test_catalogue::test_z10_update_delete_and_query_stand_behind_data"), ("Z10", "Z17"),
        "the form of all of chapter 7"),
    Row("VI 7.15.3", "lockout schedules of a user", Direction.TO_DEVICE, Status.DONE, "user.update",
        unit("wire/commands/test_values::test_the_documents_samples"), ("Z10",), "TZ of user.update, see 7.2"),
    Row("VI 13.2", "self service", Direction.BOTH, Status.DONE, "ingest/lookups.py", example("C64"), ("Z8",)),
    Row("VI 13.3", "self service dialogue", Direction.BOTH, Status.DONE, "ingest/lookups.py",
        unit("ingest/test_lookups::test_self_service_is_a_menu_and_then_the_chosen_thing",
             "wire/test_lookups::test_appendix_2_step_3_menu", "wire/test_lookups::test_appendix_2_step_6_csv"),
        ("Z8",), "styles text, CSV, menu; own services, a site's hook"),
    Row("VI 14", "view last punch", Direction.BOTH, Status.DONE, "ingest/lookups.py",
        example("C65") + unit("processors/lastpunch/test_latest::test_who_wins"),
        note="greatest time, not last arrival"),
    Row("VI 15", "punches added on the clock", Direction.TO_SERVER, Status.DONE, "sinks: possibly_manual_v",
        POSSIBLY_MANUAL, ("Z7",),
        "they arrive and count as any other; a view lists those that came late from a clock with nothing to send"),
)  # fmt: skip
