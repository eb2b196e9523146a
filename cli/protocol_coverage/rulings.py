"""The rulings on the document's contradictions and misprints, each with the tests that hold it."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import NO_FORMAT, POSSIBLY_MANUAL, Direction, Row, Status, unit


def _ruling(number: int, what: str, ours: str, *tests: str, status: Status = Status.DONE, note: str = "") -> Row:
    name = f"Z{number}"
    return Row(name, what, Direction.NONE, status, ours, unit(*tests), (name,), note, (name,))


RULINGS: Final = (
    _ruling(1, "ids that we send are 1 to 9 digits and not reused; returned ones are text", "commands/frame.py",
            "wire/commands/test_frame::test_z1_ids_are_one_to_nine_digits", "wire/test_results::test_ids_are_text",
            "ingest/commands/test_desk::test_ids_are_digits_that_nobody_has_there"),
    _ruling(2, "each command names its own result table; sizes are success, positive enrolment codes are not",
            "commands/results.py", "wire/commands/test_results::test_z2_positive_enrolment_codes_are_failures",
            "wire/commands/test_results::test_z2_sizes_are_success"),
    _ruling(3, "TransFlag, TransTimes, Realtime: lengths and precedence", "wire/zkpush/handshake.py",
            "wire/test_handshake::test_options_that_break_a_rule_are_refused_by_name",
            "wire/test_handshake::test_interval_mode"),
    _ruling(4, "the form of TimeZone is chosen, verified and switched once", "ingest/handshakes.py",
            "ingest/test_handshakes::test_the_form_of_the_time_zone",
            "processors/devices/test_skew::test_whole_hours_after_a_handshake_switch_the_form_once"),
    _ruling(5, "verify codes by the device's own map; 16 and 17 are unverified", "wire/zkpush/words.py",
            "wire/test_words::test_a_device_may_map_its_verify_codes",
            "processors/normalize/test_access::test_an_unverified_punch_after_the_devices_own_map"),
    _ruling(6, "operations carry code and word; some are worth an alert", "wire/zkpush/words.py",
            "wire/test_words::test_operations_to_hear_of_at_once",
            "processors/normalize/test_tables::test_alert_worthy_operations_are_told_to_the_device_processor"),
    Row("Z7", "old punches of a drained clock are listed as possibly manual", Direction.NONE, Status.DONE,
        "sinks: possibly_manual_v", POSSIBLY_MANUAL, ("Z7",), "in ClickHouse; on the card with timecards", ("Z7",)),
    _ruling(8, "answers under unknown ids are kept and acknowledged; self-service styles and charset",
            "ingest/commands/results.py", "wire/test_results::test_z8_an_id_that_no_server_gave_out",
            "ingest/commands/test_results::test_ids_that_nobody_gave_out_are_kept_and_acknowledged",
            "wire/test_lookups::test_text_in_the_charset_of_the_device"),
    _ruling(9, "outbound text in the device's charset, lengths in its bytes", "commands/build.py",
            "wire/commands/test_build::test_z9_text_in_the_devices_charset",
            "wire/commands/test_build::test_z9_lengths_are_bytes_of_that_charset"),
    _ruling(10, "misprints corrected; a missing key that means all needs to be said", "wire/zkpush/commands",
            "wire/commands/test_build::test_z10_a_missing_key_never_means_all_by_accident",
            "wire/commands/test_values::test_z10_a_week_is_56_digits",
            "wire/commands/test_catalogue::test_z10_update_delete_and_query_stand_behind_data"),
    _ruling(11, "prerequisites and limits belong to the command", "commands/build.py",
            "wire/commands/test_build::test_z11_threshold_values_and_their_prerequisite",
            "wire/commands/test_build::test_z11_picture_sizes_by_series",
            "wire/commands/test_build::test_z11_privilege_1_is_inactive"),
    _ruling(12, "a changed meaning of states is an effective-dated map of the device", "ingest/commands/effects.py",
            "wire/commands/test_catalogue::test_z12_what_changes_the_meaning_of_a_punch_state",
            "ingest/commands/test_results::test_a_changed_state_map_is_recorded_once_and_before_the_answer_counts",
            "ingest/commands/test_rules::test_a_new_map_holds_from_then_on_and_what_was_logged_before_keeps_its_meaning"),
    _ruling(13, "fill level and days until overwriting; a device kept waiting warns", "processors/devices",
            "processors/devices/test_reports::test_capacity_and_fill",
            "processors/devices/test_reports::test_a_device_kept_waiting_warns_before_it_overwrites"),
    _ruling(14, "files and shell are gated and sealed; attlog.dat is imported as raw attendance",
            "wire/zkpush/commands, ingest/commands, cli/import_attlog.py",
            "cli/test_attlog_file::test_blank_padded_pins_and_more_columns_are_read_as_of_a_push",
            "wire/commands/test_catalogue::test_z14_shell_and_files_need_the_admin_and_a_setting",
            "wire/commands/test_build::test_a_raw_line_does_not_get_past_the_settings",
            "ingest/commands/test_results::test_files_and_shells_are_only_pointed_at"),
    _ruling(15, "what can cut a device off needs a yes, a canary, then waves", "ingest/commands/rollout.py",
            "wire/commands/test_options::test_z15_what_can_cut_a_device_off",
            "ingest/commands/test_desk::test_what_can_cut_devices_off_goes_to_one_first_then_in_doubling_waves",
            "ingest/commands/test_delivery::test_a_failed_canary_stops_the_waves"),
    _ruling(16, "a TLS listener beside plain HTTP", "ingest/tls.py",
            "ingest/test_tls::test_a_device_is_served_with_tls_and_without",
            "ingest/test_tls::test_old_firmware_only_where_the_setting_says_so",
            "ingest/test_tls::test_a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not"),
    Row("Z17", "features, options and table names without a wire format are listed as that", Direction.NONE,
        Status.DONE, "this page", NO_FORMAT, ("Z17",), "", ("Z17",)),
)  # fmt: skip
