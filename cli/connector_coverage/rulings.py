"""The rulings on where the vendors' documents mislead, each with where it is kept and the tests that hold it."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, contract, unit


def _ruling(name: str, what: str, ours: str, tests: tuple[str, ...], note: str = "") -> Row:
    return Row(name, what, Direction.NONE, Status.DONE, ours, tests, (name,), note, (name,))


BIOTIME: Final = (
    _ruling("B1", "one table of paths; `results` or `data`, `page_size` or `limit`",
            "wire/biotime/endpoints.py, envelope.py",
            unit("wire/biotime/test_endpoints::test_every_printed_path_is_in_the_catalogue",
                 "wire/biotime/test_envelope::test_rows_wherever_they_are",
                 "connectors/biotime/test_reads::test_both_names_of_the_page_size_and_the_filters_are_sent")),
    _ruling("B2", "a terminal is read first and PUT whole, people are PATCHed", "connectors/biotime/calls/terminals.py",
            unit("wire/biotime/test_endpoints::test_b2_a_terminal_is_put_and_people_are_patched",
                 "connectors/biotime/test_calls::test_b2_a_terminal_is_read_and_sent_whole")),
    _ruling("B3", "both paths of the app settings; all calls of the appendix; password calls are refused by default",
            "connectors/biotime/calls/mobile.py",
            unit("connectors/biotime/test_reads::test_b3_app_settings_have_two_paths",
                 "connectors/biotime/test_calls::test_every_read_asks_its_path",
                 "wire/biotime/test_endpoints::test_reads_are_gets_and_what_destroys_is_dangerous",
                 "connectors/biotime/test_execute::test_dangerous_ones_are_refused_unless_the_setting_names_them",
                 "connectors/biotime/test_exceptions::test_b3_the_summary_of_the_login_goes_out_when_it_changed"),
            "exception_summary: connectors/biotime/exceptions.py, with the reader `mobile`"),
    _ruling("B4", "a manual log and its row, a mobile row and its `App` row are one punch",
            "processors/normalize/polled/transactions.py",
            unit("processors/normalize/polled/test_transactions"
                 "::test_with_the_manual_log_reader_on_manual_rows_are_no_attendance",
                 "connectors/biotime/test_source::test_b4_a_manual_log_counts_once_in_both_orders_and_not_after_a_revoke",
                 "connectors/biotime/test_manual_logs::test_b4_an_approval_that_is_taken_back",
                 "processors/normalize/inventory/test_records::test_a_mobile_punch_is_no_punch_and_says_not_where_it_was_made",
                 "processors/normalize/inventory/test_records::test_f21_each_state_of_a_manual_log_is_kept")),
    _ruling("B5", "every paycode_N is kept", "wire/biotime/reports.py",
            unit("wire/biotime/test_rows::test_b5_every_paycode_is_kept",
                 "processors/normalize/inventory/test_timecards::test_b5_every_paycode_is_kept")),
    _ruling("B6", "hire_date, enable_..., emp_type, verify_mode, dev_privilege, enroll_sn have fields of their own",
            "connectors/biotime/people_records.py, schemas/employees.py",
            unit("connectors/biotime/test_people::TestRecords::test_b6_what_is_told_of_a_person",
                 "wire/biotime/test_rows::test_an_employee_with_flat_flags",
                 "wire/biotime/test_rows::test_an_employee_with_nested_flags_and_bare_ids"),
            "they are read and kept; what they do to a card comes with timecards"),
)  # fmt: skip

AKUVOX: Final = (
    _ruling("A1", "target and action come from the document's table, never from its samples",
            "wire/akuvox/functions.py",
            unit("wire/akuvox/test_functions::test_catalogue_is_the_table",
                 "wire/akuvox/test_functions::test_copied_samples_are_named_in_the_errata",
                 "connectors/akuvox/test_calls::test_target_is_that_of_the_chapter")),
    _ruling("A2", "no reader for sip, dialreplace, pcap, publiccode, logs; the typed method is there",
            "connectors/akuvox/",
            contract("test_connector_coverage::test_a2_no_reader_takes_what_is_skipped")
            + unit("connectors/akuvox/test_calls::test_nothing_of_the_table_is_missing")),
    _ruling("A3", "multipart keys, exports as files, clones, scan, code lists in words; a documented empty is no error",
            "connectors/akuvox/, wire/akuvox/codes.py",
            unit("wire/akuvox/test_functions::test_files_have_the_multipart_keys_of_the_document",
                 "connectors/akuvox/test_calls::test_an_empty_contact_list_is_no_error",
                 "connectors/akuvox/test_calls::test_users_are_cloned_from_a_second_station",
                 "connectors/akuvox/test_calls::test_user_edit_is_supported_by_nobody",
                 "wire/akuvox/test_people::test_code_lists")),
    _ruling("A4", "results pass an allow-list of fields; codes are hashed; files are sealed",
            "wire/akuvox/redaction.py",
            unit("wire/akuvox/test_redaction::test_results_pass_what_is_allowed",
                 "wire/akuvox/test_redaction::test_nothing_of_unnamed_fields_gets_out",
                 "connectors/akuvox/test_calls::test_config_by_section_and_by_item_is_a_post_without_secrets")),
)  # fmt: skip
