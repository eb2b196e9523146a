"""Requests: those of the document, and those that devices send beyond it. Endpoint and topic are asked of the edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, contract, example, unit
from ingest.emit import route_of
from ingest.endpoints import endpoint_of
from ingest.metrics import Endpoint
from wire.zkpush.target import parse_target, table_of

_UP: Final = Direction.TO_SERVER
_BOTH: Final = Direction.BOTH
_DONE: Final = Status.DONE
_E6: Final = contract("test_zk_quirks::test_e6_endpoints_that_nobody_documents_are_answered_and_kept_sealed")

_REQUESTS: Final = (
    Row("III 2.2", "GET cdata?options=all&pushver=&language=", _BOTH, _DONE, "ingest/handshakes.py",
        example("C01", "C02", "C04"), ("Z3", "Z4", "Z9")),
    Row("III 2.3", "GET cdata?type=time", _BOTH, _DONE, "ingest/handshakes.py", example("C08"), ("Z4",)),
    Row("III 2.4.1", "POST cdata?table=ATTLOG", _UP, _DONE, "wire/zkpush/attlog.py", example("C11", "C14", "C16")),
    Row("III 2.4.2", "POST cdata?table=ATTLOG&Stamp=", _UP, _DONE, "wire/zkpush/attlog.py", example("C12", "C13"),
        note="TFT series: job and tip codes"),
    Row("III 2.4.3", "POST cdata?table=OPERLOG", _UP, _DONE, "wire/zkpush/operlog.py",
        example("C31", "C32", "C34", "C38"), ("Z6",)),
    Row("III 2.4.4", "POST cdata?table=ATTPHOTO", _UP, _DONE, "wire/zkpush/photos.py", example("C44", "C45")),
    Row("III 2.4.5", "GET getrequest", _BOTH, _DONE, "ingest/commands/delivery.py",
        unit("ingest/commands/test_delivery::test_a_command_goes_as_a_line_and_its_steps_are_in_the_log"), ("Z1",)),
    Row("III 2.4.5", "GET getrequest?INFO=", _UP, _DONE, "wire/zkpush/info.py", example("C49", "C49b", "C49c")),
    Row("III 2.4.5", "POST devicecmd", _UP, _DONE, "wire/zkpush/results.py", example("C51"), ("Z1", "Z2", "Z8")),
    Row("VI 1", "POST devicecmd (CMD=Shell)", _UP, _DONE, "wire/zkpush/results.py",
        unit("wire/test_results::test_shell_joined_head_then_lines",
             "ingest/commands/test_results::test_files_and_shells_are_only_pointed_at"), ("Z14",)),
    Row("VI 4", "POST devicecmd (CMD=INFO)", _UP, _DONE, "wire/zkpush/results.py", example("C53")),
    Row("VI 10.1", "POST devicecmd (CMD=GetFile)", _UP, _DONE, "wire/zkpush/results.py",
        unit("wire/test_results::test_getfile_keeps_its_content_byte_for_byte"), ("Z2", "Z14")),
    Row("VI 10.2", "GET file/fw/X938/main.tgz", Direction.TO_DEVICE, _DONE, "ingest/commands/files.py",
        unit("ingest/commands/test_files::test_the_file_of_an_open_command_in_every_form"), ("Z14",)),
    Row("VI 10.2", "GET ffile/fw/X938/desktop.jpg", Direction.TO_DEVICE, _DONE, "ingest/commands/files.py",
        unit("ingest/commands/test_files::test_the_file_of_an_open_command_in_every_form"), ("Z14",)),
    Row("VI 13.2", "GET cdata?table=SELFSERVICEDATA&PIN=&ServiceNum=", _BOTH, _DONE, "ingest/lookups.py",
        example("C64"), ("Z8",)),
    Row("VI 13.3", "GET cdata?table=SELFSERVICEDATA&ServiceNum=4", _BOTH, _DONE, "ingest/lookups.py",
        unit("ingest/test_lookups::test_self_service_is_a_menu_and_then_the_chosen_thing"), ("Z8",),
        "second interaction of the dialogue"),
    Row("VI 14", "GET cdata?type=LastPunch&PIN=", _BOTH, _DONE, "ingest/lookups.py", example("C65")),
    Row("Appendix 2", "POST devicecmd (CMD=ServiceNum)", _UP, _DONE, "wire/zkpush/results.py",
        unit("wire/test_results::test_z8_an_id_that_no_server_gave_out"), ("Z8",), "an id that no server gave out"),
)  # fmt: skip

_FIELD: Final = (
    Row("field T6", "GET cdata.aspx?options=all", _BOTH, _DONE, "ingest/endpoints.py", example("C03")),
    Row("field H16", "POST cdata?table=options", _UP, _DONE, "wire/zkpush/options.py", example("C48")),
    Row("field O13", "POST fdata", _UP, _DONE, "wire/zkpush/photos.py", unit("ingest/test_handlers::test_uploads"),
        note="photos of legacy agents"),
    Row("field E1", "POST registry", _BOTH, _DONE, "ingest/handshakes.py", example("C50", "C07")),
    Row("field E1", "POST push", _BOTH, _DONE, "ingest/handshakes.py", example("C58")),
    Row("field E2", "POST cdata?table=rtlog", _UP, _DONE, "wire/zkpush/access.py", example("C59")),
    Row("field E3", "POST cdata?table=rtstate", _UP, _DONE, "wire/zkpush/access.py", example("C61")),
    Row("field E4", "POST cdata?table=tabledata&tablename=user&count=1", _BOTH, _DONE, "wire/zkpush/access.py",
        unit("ingest/test_handlers::test_uploads", "wire/test_access::test_users")),
    Row("field E5", "POST querydata?type=tabledata&cmdid=&tablename=", _BOTH, _DONE, "wire/zkpush/access.py",
        unit("ingest/test_handlers::test_uploads", "wire/test_access::test_transactions_are_events"),
        note="datafmt=3 (compressed) is kept whole"),
    Row("field E6", "GET ping", _BOTH, Status.ANSWERED_ONLY, "ingest/handlers.py", example("C58")),
    Row("field E6", "GET rtdata?type=time", _BOTH, _DONE, "wire/zkpush/session.py",
        unit("wire/test_session::test_rtdata_time",
             "ingest/test_handlers::test_questions_are_answered_without_a_record_of_their_own")),
    Row("field E6", "POST exchange?type=publickey", _BOTH, Status.KEPT_RAW, "processors/normalize/unread.py",
        _E6 + unit("processors/normalize/test_access::test_a_compressed_table_and_an_unknown_format_are_kept_whole")),
    Row("field E6", "POST edata", _BOTH, Status.KEPT_RAW, "processors/normalize/unread.py",
        _E6 + unit("processors/normalize/test_access::test_a_compressed_table_and_an_unknown_format_are_kept_whole"),
        note="rows where its lines are key=value"),
    Row("field E6", "POST event", _BOTH, Status.KEPT_RAW, "processors/normalize/unread.py",
        _E6, note="rows where its lines are key=value"),
    Row("field E6", "POST service/control", _BOTH, Status.KEPT_RAW, "processors/normalize/unread.py",
        _E6),
    Row("field E7", "GET cdata?table=RemoteAtt&PIN=", _BOTH, _DONE, "ingest/remote_attendance.py",
        unit("ingest/test_remote_attendance::test_user_and_fingerprint_go_to_the_clock_that_asks",
             "wire/test_lookups::test_remote_attendance"), note="people that other clocks reported"),
    Row("field E7", "POST cdata?AuthType=device", _BOTH, Status.ANSWERED_ONLY, "ingest/lookups.py",
        unit("ingest/test_lookups::test_an_access_terminals_question_is_kept_as_the_event_that_it_is"),
        note="told no at once; its row is kept"),
    Row("field E7", "POST cdata?type=PostVerifyData", _BOTH, Status.ANSWERED_ONLY, "ingest/lookups.py",
        unit("ingest/test_handlers::test_questions_are_answered_without_a_record_of_their_own")),
    Row("field D17", "GET FileName=main.tgz", Direction.TO_DEVICE, _DONE, "ingest/commands/files.py",
        unit("ingest/commands/test_files::test_the_file_of_an_open_command_in_every_form")),
    Row("field L9", "POST cdata?OpStamp=", _UP, _DONE, "wire/zkpush/target.py", unit("wire/test_target::test_table"),
        note="no table=: the stamp tells"),
    Row("field L12", "POST cdata?table=ATTLOG (CHECK LOG)", _UP, Status.KEPT_RAW, "wire/zkpush/attlog.py",
        unit("wire/test_attlog::test_bodies_that_hold_no_rows_are_one_error"), note="PUSH 1.0, a dead letter"),
    Row("field T15", "POST cdata?table=OPERLOG&ContentType=tgz", _UP, Status.KEPT_RAW, "wire/zkpush/packed.py",
        unit("wire/test_operlog::test_packed_bodies_are_one_error"), note="packed body, a dead letter"),
)  # fmt: skip


def method_and_target(row: Row) -> tuple[str, str]:
    method, _, target = row.name.partition(" ")
    return method, f"/iclock/{target.partition(' (')[0]}"


def endpoint(row: Row) -> Endpoint:
    """What the edge takes the request for."""
    method, target = method_and_target(row)
    return endpoint_of(method, parse_target(target.replace("=&", "=x&")))


def _routed(row: Row) -> Row:
    found = endpoint(row)
    table = table_of(parse_target(method_and_target(row)[1]).params)
    topic = f", {route_of(table).topic}" if found is Endpoint.UPLOAD and table else ""
    return replace(row, ours=f"{row.ours} ({found.value}{topic})")


DOCUMENT_REQUESTS: Final = tuple(map(_routed, _REQUESTS))
FIELD_REQUESTS: Final = tuple(map(_routed, _FIELD))
