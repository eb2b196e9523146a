"""Answers of servers and stations that were composed for tests, each with the tests that are run on it."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, contract, integration, unit

_EVENTS: Final = "test_connector_fixtures::"
_READER: Final = "connectors/biotime/test_transactions::"


def _fixture(name: str, what: str, tests: tuple[str, ...], note: str = "") -> Row:
    return Row(name, what, Direction.NONE, Status.DONE, "-", tests, (), note, (name,))


BIOTIME: Final = (
    _fixture("F01", "a fresh transaction", contract(_EVENTS + "test_f01_a_fresh_transaction")),
    _fixture("F02", "codes as numbers or text, temperature, mask",
             contract(_EVENTS + "test_f02_codes_as_numbers_or_text_and_what_was_measured")),
    _fixture("F03", "255 is not tracked and not measured",
             contract(_EVENTS + "test_f03_255_is_not_tracked_and_not_measured")),
    _fixture("F05", "terminal_tz contradicts the punches",
             contract(_EVENTS + "test_f05_a_terminal_whose_zone_setting_contradicts_its_punches")
             + unit(_READER + "TestNotes::test_F05_terminal_tz_against_what_is_read_with",
                    "processors/normalize/inventory/test_terminals::test_f05_offset_and_conflict_come_with_the_notes")),
    _fixture("F07", "one person, one second, two terminals",
             contract(_EVENTS + "test_f07_two_terminals_in_one_second_are_two_punches")
             + unit(_READER + "test_F07_same_person_and_second_at_two_doors")),
    _fixture("F08", "an arrival between two pages", unit(_READER + "test_F08_an_arrival_between_pages_comes_once")),
    _fixture("F10", "a clock a year ahead", contract(_EVENTS + "test_f10_a_clock_ahead_is_flagged_and_hides_nothing")
             + unit(_READER + "test_F10_a_clock_ahead_of_time_does_not_steer")),
    _fixture("F15", "HTML with 200", unit("wire/biotime/test_envelope::test_f15_html_is_a_page_fault",
             "connectors/biotime/test_reads::test_f15_html_with_200_is_a_fault_and_no_result",
             _READER + "test_F15_a_page_that_is_no_page_moves_nothing")),
    _fixture("F16", "401, one login, the same rows once",
             unit("connectors/biotime/test_login::test_f16_one_login_for_four_callers_after_a_401",
                  "connectors/biotime/test_with_client::test_F16_expired_token_is_one_login_and_the_same_rows")),
    _fixture("F17", "a rejected login rests", unit("connectors/biotime/test_login::test_f17_a_rejected_login_rests",
             "connectors/test_runner::test_a_rejected_login_is_not_tried_again_for_a_minute")),
    _fixture("F18", "403 is a missing licence, never Basic",
             unit("connectors/biotime/test_login::test_f18_403_is_a_licence_and_never_basic")),
    _fixture("F19", "a manual row", contract(_EVENTS + "test_f19_a_manual_row")),
    _fixture("F21", "a manual log and its versions",
             unit("connectors/biotime/test_manual_logs::test_f21_pending_then_approved_is_one_key_with_two_versions",
                  "wire/biotime/test_rows::test_f21_a_manual_log_and_its_versions",
                  "processors/normalize/inventory/test_records::test_f21_each_state_of_a_manual_log_is_kept")),
    _fixture("F23", "a terminal that its server has not seen",
             unit("connectors/biotime/test_groups::TestTerminals"
                  "::test_f23_all_rows_at_each_poll_and_what_transactions_need",
                  "wire/biotime/test_rows::test_f23_a_terminal",
                  "processors/normalize/inventory/test_terminals::test_f23_what_a_server_says_of_a_terminal",
                  "processors/devices/test_polled::test_f23_a_terminal_that_its_server_has_not_seen_is_offline")),
    _fixture("F24", "a person without the three secrets",
             unit("connectors/biotime/test_people::TestRecords::test_f24_secrets_stay_behind",
                  "wire/biotime/test_rows::test_f24_a_person_without_secrets",
                  "processors/normalize/inventory/test_people::test_f24_an_employee_without_secrets")),
    _fixture("F25", "two workers, the lease changes hands while the first produces",
             unit(_READER + "test_F25_a_crash_before_the_save_repeats_rows_with_equal_ids")
             + integration("connectors/test_worker::test_f25_a_worker_that_was_frozen_saves_nothing_over_its_heir")),
)  # fmt: skip

AKUVOX: Final = (
    _fixture("A01", "granted and denied; codes hashed", contract(_EVENTS + "test_a01_granted_and_denied")
             + unit("wire/akuvox/test_logs::test_a01_words")),
    _fixture("A02", "codes as numbers, another date", contract(_EVENTS + "test_a02_codes_as_numbers_and_another_date")
             + unit("wire/akuvox/test_logs::test_a02_numbers")),
    _fixture("A04", "twelve new rows on two pages",
             unit("connectors/akuvox/test_logs::test_a04_reads_on_until_a_row_is_known_and_emits_oldest_first")),
    _fixture("A07", "one second, one name, two IDs", contract(_EVENTS + "test_a07_the_same_second_and_name_twice")
             + unit("wire/akuvox/test_logs::test_a07_equal_second_and_name_are_two_rows")),
    _fixture("A09", "retcode 1, -1 and -100", unit("connectors/akuvox/test_retcodes::test_a09_one_is_success",
             "connectors/akuvox/test_retcodes::test_a09_unsupported_is_remembered_and_not_asked_again",
             "connectors/akuvox/test_retcodes::test_a09_parameter_error")),
    _fixture("A10", "a call", contract(_EVENTS + "test_a10_a_call") + unit("wire/akuvox/test_logs::test_a10_call")),
    _fixture("A12", "an action URL: 200 at once, a poll, one event",
             unit("connectors/akuvox/test_logs::test_a12_a_hint_makes_the_log_be_read_and_gives_no_row_of_its_own",
                  "ingest/test_hints::test_an_action_url_becomes_a_hint_without_codes",
                  "ingest/test_hints::test_a_hint_is_answered_once_kafka_has_it")
             + integration("connectors/test_worker::test_a_hint_is_followed_at_once_and_what_holds_secrets_is_sealed")),
    _fixture("A14", "403 without a challenge, 308", unit(
             "connectors/akuvox/test_transport::test_a14_forbidden_without_a_challenge",
             "connectors/akuvox/test_transport::test_a14_permanent_redirect",
             "connectors/akuvox/test_logs::test_a14_blocked_and_web_only_are_told_apart_and_move_nothing")),
)  # fmt: skip
