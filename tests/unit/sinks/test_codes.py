import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError

from sinks.codes import DATA, TRANSIENT, Code, Kind, classify, named_row, translate
from sinks.errors import ClickHouseUnavailable, InsertFailed, RowsRefused


def test_every_known_code_has_one_class() -> None:
    assert not TRANSIENT & DATA
    assert set(Code) == TRANSIENT | DATA


@pytest.mark.parametrize("code", [3, 159, 164, 202, 203, 209, 210, 241, 242, 252, 285, 319, 425, 999])
def test_codes_that_pass_are_transient(code: int) -> None:
    assert classify(code, "whatever") is Kind.TRANSIENT


@pytest.mark.parametrize("code", [6, 26, 27, 38, 41, 53, 72, 117])
def test_codes_of_the_data(code: int) -> None:
    assert classify(code, "") is Kind.DATA


@pytest.mark.parametrize("code", [16, 60, 62, 81, 497, 516, 12345])
def test_every_other_code_is_unknown(code: int) -> None:
    assert classify(code, "") is Kind.UNKNOWN


def test_too_many_partitions_in_one_block_is_our_bug_not_a_matter_of_waiting() -> None:
    message = "Code: 252. Too many partitions for single INSERT block (more than 100)"
    assert classify(252, message) is Kind.UNKNOWN
    assert classify(252, "Too many parts (3000)") is Kind.TRANSIENT


def test_the_named_row_counts_from_zero() -> None:
    assert named_row("Cannot read DateTime: unexpected word: (at row 150001)\n: While") == 150_000
    assert named_row("Cannot read") is None


def test_errors_of_the_driver_become_ours() -> None:
    assert isinstance(translate(OperationalError("connection refused"), "x"), ClickHouseUnavailable)
    assert isinstance(translate(DatabaseError("HTTP driver received HTTP status 502"), "x"), ClickHouseUnavailable)
    assert isinstance(translate(ProgrammingError("bad call"), "x"), InsertFailed)
    assert isinstance(translate(DatabaseError("no table", code=60), "insert into t"), InsertFailed)
    refused = translate(DatabaseError("bad (at row 4)", code=27), "x")
    assert isinstance(refused, RowsRefused)
    assert refused.row == 3
