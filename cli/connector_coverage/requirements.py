"""What an incremental poller must do, point by point, each with where it is done and the tests that hold it."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, contract, integration, unit

_READER: Final = "connectors/biotime/test_transactions::"
_EVENTS: Final = "processors/normalize/polled/"
_PUNCHES: Final = _EVENTS + "test_transactions::"
_STATIONS: Final = _EVENTS + "test_stations::"
_WORKER: Final = "connectors/test_worker::"
_LOGS: Final = "connectors/akuvox/test_logs::"
_MODEL: Final = "connectors/akuvox/test_model::test_nothing_that_could_be_seen_is_lost_and_what_could_not_is_told"


def _point(name: str, what: str, ours: str, tests: tuple[str, ...], note: str = "") -> Row:
    return Row(name, what, Direction.NONE, Status.DONE, ours, tests, (), note, (name,))


BIOTIME: Final = (
    _point("B-2.1", "the cursor is the arrival, not the punch time", "connectors/biotime/cursor.py",
           unit("connectors/biotime/test_cursor::test_json_and_window",
                "connectors/biotime/test_ranking::test_a_punch_time_cursor_loses_and_ours_does_not",
                "connectors/biotime/test_differential::test_same_ids")),
    _point("B-2.2", "newest arrivals first, back to the watermark less the overlap", "connectors/biotime/arrivals.py",
           unit(_READER + "test_first_run_reads_all_that_is_there_and_then_what_arrives",
                _READER + "test_lower_id_visible_after_a_higher_one")),
    _point("B-2.3", "the sort is proved on every page", "connectors/biotime/arrivals.py",
           unit("connectors/biotime/test_cursor::TestOrder::test_proof",
                "connectors/biotime/test_cursor::TestOrder::test_a_rise_between_pages_is_no_proof")),
    _point("B-2.4", "a sort that is ignored: the tail, by id", "connectors/biotime/tail.py",
           unit(_READER + "test_order_ignored_reads_the_tail")),
    _point("B-2.5", "the last day again in each run, a trailing window at night, closed days by their count",
           "connectors/biotime/days.py, repair.py",
           unit(_READER + "test_id_visible_hours_late_is_found_by_the_count",
                _READER + "test_edited_row_goes_out_again",
                _READER + "test_deleted_row_is_told_once_and_stays",
                "connectors/biotime/test_backfill::test_night_finds_what_became_visible_on_a_closed_day")),
    _point("B-2.6", "filters are proved once per start", "connectors/biotime/feed.py",
           unit(_READER + "test_filters_ignored_reads_by_id")),
    _point("B-2.7", "repeated ids are dropped, a repeated or empty page with `next` ends the run",
           "connectors/biotime/listing.py",
           unit(_READER + "test_F08_an_arrival_between_pages_comes_once",
                _READER + "test_repeated_page_and_empty_page_with_next_stop",
                _READER + "test_rows_that_vanish_while_paging_hide_none")),
    _point("B-2.8", "state is saved after the acknowledgements", "connectors/biotime/feed.py, connectors/state.py",
           unit(_READER + "test_F25_a_crash_before_the_save_repeats_rows_with_equal_ids")
           + integration(
               _WORKER + "test_two_workers_share_the_sources_and_the_heir_of_a_killed_one_loses_nothing")),
    _point("B-2.9", "identity: the punch's own id; the server's row id is its source_ref",
           "processors/normalize/polled/transactions.py",
           unit(_EVENTS + "test_properties"
                "::test_one_punch_by_push_and_by_server_is_one_id_and_merges_alike_in_any_order")
           + contract("test_connector_fixtures::test_f07_two_terminals_in_one_second_are_two_punches")
           + integration(
               "connectors/test_two_ways::test_a_punch_that_comes_by_push_and_by_its_server_is_one_in_either_order")),
    _point("B-2.10", "a restored database stops the reader until an operator begins a new epoch",
           "connectors/biotime/cursor.py",
           unit(_READER + "TestRestored::test_stops_and_says_so",
                _READER + "TestRestored::test_new_epoch_reads_from_its_day")),
    _point("B-2.11", "the punch clock never steers; future and late punches are flagged and kept",
           "processors/normalize/polled/transactions.py",
           unit(_READER + "test_F10_a_clock_ahead_of_time_does_not_steer")
           + contract("test_connector_fixtures::test_f10_a_clock_ahead_is_flagged_and_hides_nothing",
                      "test_connector_fixtures::test_f19_a_manual_row")),
    _point("B-2.12", "zones are learnt per terminal and compared with terminal_tz", "connectors/biotime/zones.py",
           unit("connectors/biotime/test_zones::test_a_terminal_elsewhere_and_uploads_in_utc",
                "connectors/biotime/test_zones::test_late_rows_and_wrong_clocks_teach_nothing",
                _PUNCHES + "test_the_zone_of_a_terminal")),
    _point("B-2.13", "first run from `start` in slices, live from where arrivals stood before",
           "connectors/biotime/slices.py",
           unit("connectors/biotime/test_backfill::test_slices_read_everything_once",
                "connectors/biotime/test_backfill::test_progress_survives_a_worker",
                "connectors/biotime/test_backfill::test_live_scans_have_their_turn_meanwhile")),
    _point("B-2.14", "one lease per server; who lost it saves nothing", "connectors/ownership.py, connectors/state.py",
           unit("connectors/test_state::test_a_fenced_transaction_fails_all_who_wait_and_all_who_come")
           + integration(_WORKER + "test_f25_a_worker_that_was_frozen_saves_nothing_over_its_heir")),
    _point("B-2.15", "one request in flight, jitter, 60 s for a first answer, 429 with Retry-After",
           "connectors/biotime/exchange.py",
           unit("connectors/biotime/test_reads::test_a_short_429_is_waited_for",
                "connectors/biotime/test_reads::test_a_long_429_is_told_and_kept",
                "connectors/test_runner::test_retry_after_is_honoured_for_the_whole_source")),
    _point("B-2.16", "a row that cannot be read is a dead letter and the cursor moves; a page stops it",
           "processors/normalize/polled/, connectors/biotime/listing.py",
           unit(_READER + "test_a_row_that_cannot_be_read_goes_out_and_the_cursor_moves",
                _READER + "test_F15_a_page_that_is_no_page_moves_nothing",
                _PUNCHES + "test_unreadable_rows_are_put_aside_and_the_others_go_on")),
)  # fmt: skip

AKUVOX: Final = (
    _point("B-3.1", "read on until a known row; oldest first", "connectors/akuvox/reading.py",
           unit(_LOGS + "test_a04_reads_on_until_a_row_is_known_and_emits_oldest_first", _MODEL)),
    _point("B-3.2", "no known row: a gap event, and everything visible; the ring is measured",
           "connectors/akuvox/reading.py, logcursor.py",
           unit(_LOGS + "test_rolled_over_log_is_a_gap_and_everything_visible",
                _LOGS + "test_cleared_log_is_a_gap_told_once",
                _LOGS + "test_a_full_ring_is_measured_and_told_when_it_is_too_short",
                _STATIONS + "test_a_gap_told_again_by_another_worker_is_the_same_event_in_the_same_place")),
    _point("B-3.3", "never a cursor by time", "connectors/akuvox/fingerprints.py",
           unit(_LOGS + "test_a_clock_set_back_hides_nothing_and_its_skew_goes_with_the_rows",
                _LOGS + "test_a07_equal_seconds_are_two_rows_and_codes_are_hashed")),
    _point("B-3.4", "a lower ID with a new time is a new epoch; a row without ID has its occurrence",
           "connectors/akuvox/reading.py",
           unit(_LOGS + "test_ids_that_begin_anew_are_another_epoch",
                "wire/akuvox/test_logs::test_row_without_an_id_is_told_by_its_occurrence",
                _STATIONS + "test_rows_without_an_id_are_told_apart_by_their_place_among_equals")),
    _point("B-3.5", "a station is its MAC; another one at the address stops it", "connectors/akuvox/shared.py",
           unit(_LOGS + "test_another_mac_at_the_address_gives_no_row",
                "connectors/akuvox/test_retcodes::test_another_station_at_the_address")),
    _point("B-3.6", "skew is told and flagged above 60 s; a restart checks clock and epoch",
           "connectors/akuvox/info.py, processors/normalize/polled/stations.py",
           unit("connectors/akuvox/test_lists::test_info_tells_skew_and_a_restart_voids_what_was_assumed",
                _STATIONS + "test_a_clock_that_is_off_is_flagged_and_nothing_is_corrected",
                "processors/devices/test_polled::test_a_station_whose_clock_is_off_warns_once")),
    _point("B-3.7", "one request at a time, connections closed, throttled logins back off 3, 6, 9 s",
           "connectors/akuvox/transport.py",
           unit("connectors/akuvox/test_transport::test_one_request_at_a_time",
                "connectors/akuvox/test_transport::test_throttled_backs_off_3_6_9")),
    _point("B-3.8", "no reader clears or deletes a log", "wire/akuvox/functions.py",
           unit("wire/akuvox/test_functions::test_dangerous_calls_are_these")
           + contract("test_connector_coverage::test_no_reader_writes")),
    _point("B-3.9", "an action URL is a hint: answered at once, polled at once, told from the log",
           "ingest/hints.py, connectors/akuvox/hintrows.py",
           unit("ingest/test_hints::test_an_action_url_becomes_a_hint_without_codes",
                _LOGS + "test_a12_a_hint_makes_the_log_be_read_and_gives_no_row_of_its_own",
                _LOGS + "test_a_station_without_a_door_log_is_told_by_its_hints",
                _STATIONS + "test_an_action_url_of_a_station_without_a_log")
           + integration(_WORKER + "test_a_hint_is_followed_at_once_and_what_holds_secrets_is_sealed")),
    _point("B-3.10", "paging that is ignored: whole reads for this firmware", "connectors/akuvox/reading.py",
           unit(_LOGS + "test_ignored_pages_are_whole_reads_for_this_firmware")),
    _point("B-3.11", "door and call log have cursors of their own and are not merged", "connectors/akuvox/logjob.py",
           unit(_LOGS + "test_calls_have_a_cursor_of_their_own",
                _STATIONS + "test_calls_and_door_events_of_one_id_are_two_events")),
    _point("B-3.12", "codes are hashed with a key of the tenant", "wire/akuvox/redaction.py",
           unit("wire/akuvox/test_redaction::test_equal_codes_are_equal_and_the_key_matters",
                "wire/akuvox/test_redaction::test_codes_of_users_join_with_those_of_the_door_log",
                "connectors/akuvox/test_lists::test_users_go_out_when_they_change_and_without_codes")),
)  # fmt: skip
