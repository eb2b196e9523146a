"""What devices are known to do beside or against the document, by the numbers of the field notes."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, contract, example, unit

_ODD: Final = ("ingest/test_connection::test_odd_requests_are_served",)
_LOOKUPS: Final = ("ingest/test_handlers::test_questions_are_answered_without_a_record_of_their_own",)


def _quirk(
    number: str,
    what: str,
    *tests: str,
    at: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    note: str = "",
    status: Status = Status.DONE,
) -> Row:
    """`tests` under tests/unit; `at` numbers of example requests; `more` in tests/contract/test_zk_quirks.py."""
    named = example(*at) + unit(*tests) + contract(*(f"test_zk_quirks::test_{name}" for name in more))
    return Row(f"field {number}", what, Direction.NONE, status, "", named, (), note, (number,))


TRANSPORT: Final = (
    _quirk("T1", "HTTP/1.0, a connection a request, empty POST as GET", "ingest/test_answers::test_the_whole_answer",
           at=("C21",)),
    _quirk("T2", "any Content-Type, odd Connection words", more=("t2_the_type_of_a_body_does_not_matter",)),
    _quirk("T3", "HTTP/1.1 without Host", *_ODD, "wire/test_request_bytes::test_http_1_1_without_host_gets_one"),
    _quirk("T4", "raw blanks in the target", at=("C11", "C49")),
    _quirk("T5", "+ and %20 for blanks", at=("C49c",)),
    _quirk("T6", ".aspx, any case", "wire/test_target::test_endpoint", at=("C03",)),
    _quirk("T7", "redirects kill old boards: plain HTTP, 200", "ingest/test_answers::test_the_whole_answer"),
    _quirk("T8", "Expect: 100-continue", "ingest/test_connection::test_expect_continue_before_the_body"),
    _quirk("T9", "chunked bodies", *_ODD),
    _quirk("T10", "bodies cut short", "ingest/test_connection::test_a_truncated_body_emits_nothing"),
    _quirk("T11", "bodies longer than said", *_ODD,
           "wire/test_request_bytes::test_bytes_past_the_content_length_are_cut"),
    _quirk("T12", "three quick tries of the same POST",
           "processors/test_convert::test_copies_of_equal_standing_have_equal_ranks_whenever_they_came", at=("C19",)),
    _quirk("T13", "letter-exact reply headers", "ingest/test_answers::test_the_whole_answer"),
    _quirk("T14", "LZO1 bodies are refused rows, Encrypt=0",
           "wire/test_attlog::test_bodies_that_hold_no_rows_are_one_error", status=Status.KEPT_RAW),
    _quirk("T15", "tgz bodies", "wire/test_operlog::test_packed_bodies_are_one_error",
           "ingest/test_handlers::test_uploads", status=Status.KEPT_RAW),
    _quirk("T16", "many devices behind one address: keyed by serial",
           more=("t16_devices_behind_one_address_are_told_apart_and_not_limited",)),
    _quirk("T17", "gzip bodies", "ingest/test_connection::test_content_encoding"),
)  # fmt: skip

HANDSHAKE: Final = (
    _quirk("H1", "unknown devices: refused, told UNKNOWN DEVICE",
           "ingest/test_handlers::test_unknown_devices_keep_their_records"),
    _quirk("H2", "GET OPTION FROM with a blank", at=("C01",)),
    _quirk("H3", "both families of stamps beside ServerVer", at=("C04",)),
    _quirk("H4", "stamps are opaque text", "ingest/test_stamps::test_the_last_stamp_of_each_table_is_kept"),
    _quirk("H5", "never None", "wire/test_handshake::test_a_stamp_that_would_harm_is_left_out"),
    _quirk("H6", "no constant stamps",
           "ingest/test_handshakes::test_stamps_come_from_the_device_processor_and_newer_ones_from_here"),
    _quirk("H7", "0 only by an operator's word", "wire/test_handshake::test_zero_is_sent_only_when_asked_for",
           "ingest/test_handshakes::test_everything_again_only_when_an_operator_said_so_and_only_once"),
    _quirk("H8", "TransFlag: TransData and words", "wire/test_handshake::test_the_whole_answer"),
    _quirk("H9", "TimeZone in hours or minutes", "wire/test_handshake::test_time_zone_forms"),
    _quirk("H10", "clock set by Date and TimeZone", "ingest/test_devices::test_the_offset_of_a_clock",
           "ingest/test_answers::test_the_whole_answer"),
    _quirk("H11", "options=ALL, unknown parameters kept",
           "processors/normalize/test_devices::test_a_handshake_tells_its_parameters_without_keys", at=("C02", "C04")),
    _quirk("H12", "the dialect is told by DeviceType and remembered",
           "ingest/test_handshakes::test_an_access_terminal_registers_and_is_then_known_on_every_edge", at=("C07",)),
    _quirk("H13", "one = a line, no unvetted names", "wire/test_handshake::test_every_answer_is_lines_of_one_option"),
    _quirk("H14", "communication keys under all their names", "wire/test_target::test_communication_keys_are_removed",
           "wire/test_target::test_no_key_survives_redaction"),
    _quirk("H15", "refused handshakes again and again: logs are limited",
           "ingest/test_throttle::test_lines_are_kept_back_and_counted"),
    _quirk("H16", "options on one line, commas in values", "wire/test_options::test_forms", at=("C48",)),
)  # fmt: skip

ATTLOG: Final = (
    _quirk("L1", "4 to 16 columns", "wire/test_attlog::test_no_count_of_columns_is_refused", at=("C12", "C17")),
    _quirk("L2", "line ends, blank lines, trailing tabs",
           "wire/test_attlog::test_line_ends_blank_lines_and_line_numbers", at=("C14", "C16")),
    _quirk("L3", "blanks where tabs are meant", "wire/test_attlog::test_blanks_where_tabs_are_meant"),
    _quirk("L4", "PINs are text", "wire/test_attlog::test_pins_are_text", at=("C16",)),
    _quirk("L5", "state 255, unknown codes stay unknown", "wire/test_words::test_states", at=("C14",)),
    _quirk("L6", "broken and future times",
           "processors/test_convert::test_a_wrong_clock_is_stored_flagged_and_quarantined", at=("C23",)),
    _quirk("L7", "times as epoch seconds", "runtime/test_local_time::test_readable_forms"),
    _quirk("L8", "the same rows in other batches",
           "processors/test_convert::test_every_way_of_writing_a_pin_is_one_punch", at=("C19",)),
    _quirk("L9", "no table=, the serial in the body", "wire/test_target::test_table",
           "ingest/test_handlers::test_the_serial_may_stand_in_the_body"),
    _quirk("L10", "rows of nobody are events, not attendance",
           "processors/test_convert::test_rows_of_nobody_are_events_but_no_attendance"),
    _quirk("L11", "devices suppress repeats: no rows is no proof",
           "processors/devices/test_silence::test_the_second_working_day_without_punches_is_silent_and_a_punch_ends_it",
           note="'online but silent' looks at the pattern"),
    _quirk("L12", "PUSH 1.0 CHECK LOG", "wire/test_attlog::test_bodies_that_hold_no_rows_are_one_error",
           status=Status.KEPT_RAW),
)  # fmt: skip

OPERLOG: Final = (
    _quirk("O1", "mixed lines in order", "wire/test_operlog::test_the_order_of_rows_does_not_change_what_they_hold",
           "processors/normalize/test_tables::test_a_deletion_after_the_user_in_one_body_wins"),
    _quirk("O2", "operands are text, any code, fewer operands", "wire/test_operlog::test_operations_of_any_length",
           at=("C34",)),
    _quirk("O3", "= and blanks and commas in values", "wire/test_pairs::test_fields", at=("C35",)),
    _quirk("O4", "keys in any case", "wire/test_pairs::test_key_order_and_key_case_do_not_matter", at=("C38",)),
    _quirk("O5", "unknown keys are kept", "wire/test_operlog::test_unknown_keys_change_only_extra", at=("C35",)),
    _quirk("O6", "cards in three readings", "wire/test_operlog::test_cards", at=("C35",)),
    _quirk("O7", "Size counts characters or bytes", "wire/test_operlog::test_a_size_may_count_characters_or_bytes"),
    _quirk("O8", "charset told line by line", "wire/test_operlog::test_charsets_are_told_line_by_line"),
    _quirk("O9", "BIODATA parted by CRLF", at=("C39",)),
    _quirk("O10", "the same people again",
           "processors/normalize/test_properties::test_any_batches_give_the_same_final_rows"),
    _quirk("O11", "cut at the first NUL only", at=("C44",)),
    _quirk("O12", "PINs of photos", "wire/test_photos::test_names"),
    _quirk("O13", "photos on fdata, PIN in the query, base64", "wire/test_photos::test_the_name_may_stand_in_the_query",
           "wire/test_photos::test_base64_after_the_nul_or_in_a_line", "ingest/test_handlers::test_uploads"),
    _quirk("O14", "another size than the bytes", "wire/test_photos::test_another_size_is_flagged_and_never_refused"),
    _quirk("O15", "a refused photo loops: none is", "wire/test_photos::test_bodies_without_a_photo_are_kept",
           "ingest/test_handlers::test_uploads"),
    _quirk("O16", "tables that nobody named", "wire/test_operlog::test_what_nobody_named_is_kept_as_pairs"),
)  # fmt: skip

COMMANDS: Final = (
    _quirk("D1", "INFO of 5 to 10 fields", "wire/test_info::test_info", at=("C49", "C49b", "C49c")),
    _quirk("D2", "polls every second after a command",
           "ingest/commands/test_delivery::test_nothing_open_is_ok_and_writes_nothing",
           "ingest/test_presence::test_first_new_info_and_after_the_interval"),
    _quirk("D3", "bare OK on an idle poll", at=("C49",)),
    _quirk("D4", "ids are text", "wire/test_results::test_ids_are_text"),
    _quirk("D5", "no command without C:id:, no line ends in values", "wire/commands/test_frame::test_one_line_only",
           "wire/commands/test_injection::test_no_control_character_anywhere"),
    _quirk("D6", "200 commands, 40 KB, 10 KB by GPRS; REBOOT last",
           "wire/commands/test_frame::test_at_most_200_commands",
           "wire/commands/test_frame::test_at_most_so_many_bytes",
           "wire/commands/test_frame::test_what_must_be_last_ends_the_answer"),
    _quirk("D7", "several results in a body, sent again",
           "wire/test_results::test_several_results_blank_tail_and_sub_controller",
           "ingest/commands/test_results::test_several_answers_in_one_body_and_doubled_ones"),
    _quirk("D8", "four shapes of results", "wire/test_results::test_getfile_keeps_its_content_byte_for_byte",
           "wire/test_results::test_several_results_over_several_lines", at=("C51", "C53")),
    _quirk("D9", "keys in any order", "wire/test_results::test_key_order_does_not_matter_and_content_survives"),
    _quirk("D10", "return codes; -5000 is pending", "wire/test_results::test_return_codes",
           "ingest/commands/test_results::test_pending_then_final"),
    _quirk("D11", "0 does not prove effect",
           "ingest/commands/test_delivery::test_later_waves_wait_until_the_canary_came_back",
           note="what can cut off must be seen again; queries are there for the rest"),
    _quirk("D12", "CMD shortened or renamed: matched by id",
           "ingest/commands/test_results::test_a_code_means_what_its_command_says"),
    _quirk("D13", "no confirmation: bounded resend, then expired",
           "ingest/commands/test_delivery::test_unanswered_it_goes_again_after_the_lease_as_often_as_it_may",
           "ingest/commands/test_rules::test_the_sweeper_ends_what_is_over_and_nothing_else"),
    _quirk("D14", "results of queries come as uploads or querydata",
           "processors/normalize/test_access::test_querydata_of_options_and_of_counts"),
    _quirk("D15", "VERIFY SUM: AttlogCount or AttlogSum", at=("C56",)),
    _quirk("D16", "UNKNOWN DEVICE makes a device shake hands again",
           "ingest/test_handlers::test_unknown_devices_keep_their_records",
           "wire/commands/test_catalogue::test_the_exact_bytes",
           note="CHECK does too: device.check"),
    _quirk("D17", "files by three kinds of address, ranges", "ingest/commands/test_files::test_ranges",
           "ingest/commands/test_files::test_everything_else_is_not_there"),
    _quirk("D18", "texts instead of codes",
           "ingest/commands/test_results::test_what_a_device_says_instead_of_a_code_reaches_the_person"),
)  # fmt: skip

ENDPOINTS: Final = (
    _quirk("E1", "registry, push, token", "wire/test_session::test_token", at=("C07", "C50", "C58")),
    _quirk("E2", "rtlog", "wire/test_access::test_bit_string_verify_type_unknown_keys_and_captured_row", at=("C59",)),
    _quirk("E3", "rtstate", "wire/test_access::test_all_state_bits", at=("C61",)),
    _quirk("E4", "tabledata and its reply", "wire/test_session::test_table_count",
           "ingest/test_handlers::test_uploads"),
    _quirk("E5", "querydata, datafmt=3", "wire/test_access::test_transactions_are_events",
           "wire/test_access::test_bodies_that_hold_no_rows"),
    _quirk("E6", "ping, rtdata, exchange, event, service/control, edata", *_LOOKUPS,
           more=("e6_endpoints_that_nobody_documents_are_answered_and_kept_sealed",)),
    _quirk("E7", "questions while a person waits", *_LOOKUPS, at=("C08", "C64", "C65")),
)  # fmt: skip
