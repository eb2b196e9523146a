"""Return codes in words, by each command's own table (errata Z2)."""

import pytest

from wire.zkpush.commands import CATALOGUE, read_result
from wire.zkpush.errors import CommandInvalid


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_reads_every_code(name: str) -> None:
    assert read_result(name, 0).word == "done"
    assert read_result(name, -5000).word == "pending"
    for code in (None, -1, -22, -1002, -99_999):
        outcome = read_result(name, code)
        assert outcome.word == "failed"
        assert outcome.meaning


@pytest.mark.parametrize("code", [2, 4, 5, 6, 7])
@pytest.mark.parametrize("name", ["enroll.fingerprint", "enroll.biometric"])
def test_z2_positive_enrolment_codes_are_failures(name: str, code: int) -> None:
    outcome = read_result(name, code)
    assert outcome.word == "failed"
    assert "not in the" not in outcome.meaning


def test_z2_sizes_are_success() -> None:
    assert (read_result("file.get", 335_063).word, read_result("file.get", 335_063).meaning) == ("done", "335063 bytes")
    assert read_result("file.put", 1).word == "done"
    assert read_result("file.get", -3).meaning == "access error, or flash input/output error"
    assert read_result("access.data_query", 41).meaning == "41 records"
    assert read_result("file.put_records", 500).word == "done"


def test_z2_the_same_code_by_table() -> None:
    assert read_result("picture.update", -1).meaning == "the device does not support user pictures"
    assert read_result("picture.update", -2).meaning.startswith("download error")
    assert read_result("user.update", -2).meaning == "wrong operation"
    assert read_result("user.query", -2).meaning == "the picture's size is not the given Size"
    assert read_result("enroll.card", 5).meaning == "nobody came in time"
    assert read_result("enroll.fingerprint", 5).meaning == "the finger is already enrolled for somebody"


def test_a_positive_code_elsewhere_is_no_success() -> None:
    assert read_result("user.update", 1).word == "failed"
    assert read_result("user.update", 1).meaning == "code 1, not in the general table (document 2.4.5 Table 2.7)"
    assert read_result("raw", 7).word == "failed"


def test_shell_codes() -> None:
    assert read_result("device.shell", 0).word == "done"
    assert read_result("device.shell", 1).word == "failed"
    assert read_result("device.shell", 127).meaning == "no such program"


def test_no_code() -> None:
    assert read_result("device.info", None).meaning == "the answer carries no Return code"


def test_an_unknown_command() -> None:
    with pytest.raises(CommandInvalid, match="is no command"):
        read_result("user.fly", 0)
