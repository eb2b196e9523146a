"""Who calls an endpoint (a reader, a command, nobody but the client), and the tests of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cli.protocol_coverage.row import Status, unit
from wire.akuvox.functions import FUNCTIONS
from wire.biotime.endpoints import ENDPOINTS
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import Vendor

CLIENT_ONLY: Final = "client only"
_COMMANDS: Final = {(command.vendor, command.method): command.name for command in SOURCE_COMMANDS.values()}


# Reads that commands need: to find what a code names, and to settle an unknown outcome.
_OF_COMMANDS: Final = {
    "terminal": "read before biotime.terminal.update",
    "mobile_employees": "look-ups of commands",
    "config/get": "read back of akuvox.config.set and the other settings",
    "log/get": "read back of akuvox.log.set",
    "contact/get": "read back of akuvox.contact...",
    "group/get": "read back of akuvox.group...",
    "dialreplace/get": "read back of akuvox.dialreplace...",
}


def _uses(vendor: Vendor, name: str, method: str, used_by: str) -> str:
    """The command whose method it is; else what the client's catalogue says: a reader, a login, nobody."""
    if command := _COMMANDS.get((vendor, method)):
        return f"command {command}"
    reads = _OF_COMMANDS.get(name, used_by)
    return CLIENT_ONLY if reads.startswith("command ") else reads


BIOTIME_USES: Final[Mapping[str, str]] = {
    endpoint.name: _uses("biotime", endpoint.name, endpoint.client_method, endpoint.used_by) for endpoint in ENDPOINTS
}
AKUVOX_USES: Final[Mapping[str, str]] = {
    function.name: _uses("akuvox", function.name, function.method, function.used_by) for function in FUNCTIONS
}

_BIOTIME: Final = "connectors/biotime/"
_AKUVOX: Final = "connectors/akuvox/"
_ACTS: Final = "test_execute::test_every_command_has_an_act"
# The beginning of what is said of a use, to tests of it; the first that fits.
_TESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "reader transactions": unit(
        _BIOTIME + "test_transactions::test_first_run_reads_all_that_is_there_and_then_what_arrives",
        _BIOTIME + "test_differential::test_same_ids",
    ),
    "reader terminals": unit(
        _BIOTIME + "test_groups::TestTerminals::test_f23_all_rows_at_each_poll_and_what_transactions_need"
    ),
    "reader people": unit(_BIOTIME + "test_people::TestChanges::test_only_what_changed_goes_out"),
    "reader departments": unit(_BIOTIME + "test_groups::TestGroups::test_records_and_rows"),
    "reader areas": unit(_BIOTIME + "test_groups::TestGroups::test_areas_have_the_terminals_that_stand_there"),
    "reader positions": unit(_BIOTIME + "test_groups::TestGroups::test_records_and_rows"),
    "reader manual_logs": unit(
        _BIOTIME + "test_manual_logs::test_f21_pending_then_approved_is_one_key_with_two_versions"
    ),
    "reader mobile": unit(_BIOTIME + "test_reports::TestMobile::test_newest_first_until_nothing_is_new"),
    "reader timecards": unit(
        _BIOTIME + "test_reports::TestTimecards::test_daily_then_hourly_and_only_what_changed",
        _BIOTIME + "test_reports::TestTimecards::test_the_report_that_the_build_has",
    ),
    "command biotime.terminal.": unit(
        _BIOTIME + _ACTS, _BIOTIME + "test_execute::test_what_terminals_are_told_is_never_told_twice"
    ),
    "command biotime.employee.": unit(_BIOTIME + _ACTS, _BIOTIME + "test_execute::test_a_person_from_beginning_to_end"),
    "command biotime.mobile.clock_in": unit(
        _BIOTIME + _ACTS, _BIOTIME + "test_execute::test_a_clock_in_is_never_sent_twice"
    ),
    "command biotime.mobile.manual_log": unit(
        _BIOTIME + _ACTS, _BIOTIME + "test_execute::test_a_manual_log_is_asked_for_once"
    ),
    "command biotime.mobile.": unit(_BIOTIME + _ACTS, _BIOTIME + "test_execute::test_passwords_are_in_no_answer"),
    "command biotime.": unit(_BIOTIME + _ACTS),
    "read before": unit("connectors/biotime/test_calls::test_b2_a_terminal_is_read_and_sent_whole"),
    "look-ups": unit(_BIOTIME + "test_execute::test_a_manual_log_is_asked_for_once"),
    "read back of akuvox.config": unit(_AKUVOX + "test_execute::test_settings_are_compared_where_they_may_be_read"),
    "read back of akuvox.log": unit(_AKUVOX + "test_execute::test_calls_captures_and_logs"),
    "read back of akuvox.": unit(_AKUVOX + "test_execute::test_entries_from_beginning_to_end"),
    "read back": unit(_BIOTIME + "test_execute::test_lost_answers_are_settled_by_reading_back"),
    "reader doorlog": unit(
        _AKUVOX + "test_logs::test_a04_reads_on_until_a_row_is_known_and_emits_oldest_first",
        _AKUVOX + "test_model::test_nothing_that_could_be_seen_is_lost_and_what_could_not_is_told",
    ),
    "reader calllog": unit(_AKUVOX + "test_logs::test_calls_have_a_cursor_of_their_own"),
    "reader info": unit(_AKUVOX + "test_lists::test_info_tells_skew_and_a_restart_voids_what_was_assumed"),
    "reader users": unit(_AKUVOX + "test_lists::test_users_go_out_when_they_change_and_without_codes"),
    "reader schedules": unit(_AKUVOX + "test_lists::test_schedules_are_hashed_and_told_once"),
    "reader samples": unit(_AKUVOX + "test_lists::test_samples_go_out_when_something_changed"),
    "command akuvox.relay.trig": unit(
        _AKUVOX + _ACTS, _AKUVOX + "test_execute::test_a_relay_is_triggered_once_whatever_becomes_of_the_answer"
    ),
    "command akuvox.system.reboot": unit(
        _AKUVOX + _ACTS, _AKUVOX + "test_execute::test_a_restart_shows_in_the_time_that_the_station_runs"
    ),
    "command akuvox.": unit(_AKUVOX + _ACTS),
}


def status_of(uses: str) -> Status:
    return Status.CLIENT_ONLY if uses == CLIENT_ONLY else Status.DONE


def ours_of(method: str, uses: str) -> str:
    """The client's method, and who calls it."""
    return f"`{method}`" if uses == CLIENT_ONLY else f"`{method}`: {uses}"


def tests_of(uses: str) -> tuple[str, ...]:
    """Empty where the client's own tests are all that there is."""
    return next((tests for begin, tests in _TESTS.items() if uses.startswith(begin)), ())
