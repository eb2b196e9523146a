"""Answers to commands (C51, C53, C56) as the device processor hears of them."""

from __future__ import annotations

from schemas.deadletters import Reason
from schemas.devices import InputKind
from tests.unit.processors.normalize.raw import converted


def test_c51_every_result_is_told() -> None:
    body = b"ID=1&SN=12300001&Return=0&CMD=SET OPTION\nID=2&Return=-22&CMD=UNKNOWN CMD"
    first, second = converted("DEVICECMD", body).inputs
    assert (first.kind, first.word, first.rows, first.options) == (
        InputKind.RESULT, "SET OPTION", 0, {"id": "1", "return": "0"},
    )  # fmt: skip
    assert (second.rows, second.options) == (0, {"id": "2", "return": "-22"})


def test_c53_the_options_of_an_info_answer() -> None:
    body = b"ID=7&Return=0&CMD=INFO\n~SerialNumber=12300001\nUserCount=2\nFWVersion=Ver 6.8\nComPwd=4711\n"
    result, options = converted("DEVICECMD", body).inputs
    assert result.word == "INFO"
    assert (options.kind, options.options) == (
        InputKind.OPTIONS, {"~SerialNumber": "12300001", "UserCount": "2", "FWVersion": "Ver 6.8"},
    )  # fmt: skip


def test_c56_verify_sum_has_the_devices_count() -> None:
    body = (
        b"ID=10&Return=0&CMD=VERIFY SUM ATTLOG&StartTime=2026-03-01 00:00:00&EndTime=2026-03-01 23:59:59&"
        b"AttlogCount=12\n"
    )
    (result,) = converted("DEVICECMD", body).inputs
    assert (result.word, result.rows) == ("VERIFY SUM ATTLOG", 12)


def test_shell_output_stays_in_the_raw_record() -> None:
    body = b"ID=3\nReturn=0\nCMD=Shell\nFILENAME=x\nContent=root:secret:0\nID=4&Return=0\n"
    found = converted("DEVICECMD", body)
    assert [told.options["id"] for told in found.inputs] == ["3"]
    assert "secret" not in repr(found.events)


def test_a_result_without_id_is_a_dead_letter_beside_the_good_one() -> None:
    found = converted("DEVICECMD", b"Return=0&CMD=DATA\nID=5&Return=0&CMD=DATA\n")
    assert [told.options["id"] for told in found.inputs] == ["5"]
    assert [row.reason for row in found.dead] == [Reason.ID_MISSING]
