"""Codes in words (document tables 2.3, 2.4, 2.6, chapter 7.2; errata Z5, Z6)."""

import pytest

from wire.zkpush.words import (
    DEFAULT_VERIFY_MAP,
    AlertKind,
    alarm_reason,
    alarm_word,
    biometric_word,
    is_unverified,
    operation_alert,
    operation_word,
    photo_type_word,
    privilege_word,
    read_verify_map,
    state_word,
    verify_word,
)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (0, "password"), (1, "fingerprint"), (2, "badge"), (3, "PIN"), (4, "PIN and fingerprint"),
        (5, "fingerprint and password"), (6, "badge and fingerprint"), (7, "badge and password"),
        (8, "badge, password and fingerprint"), (9, "PIN, password and fingerprint"), (15, "face"),
        (16, "PIN without verification"), (17, "badge without verification"), (25, "palm"),
        (128, "fingerprint, badge or password"), (133, "fingerprint or password"), (148, "face"),
        (150, "face and PIN"), (200, "other"), (255, "undefined"), (147, ""), (-1, ""), (999, ""), (None, ""),
    ],
)  # fmt: skip
def test_verify_words(code: int | None, word: str) -> None:
    assert verify_word(code) == word


def test_every_configured_value_of_the_document_has_a_word() -> None:
    assert [code for code in (*range(128, 144), 148, 149, 150) if not verify_word(code)] == []
    assert [code for code in DEFAULT_VERIFY_MAP.values() if not verify_word(code)] == []


def test_a_device_may_map_its_verify_codes() -> None:
    own = read_verify_map("129:7, 131:16,148:1,x:y,130")
    assert own == {129: 7, 131: 16, 148: 1}
    assert (verify_word(7, own), verify_word(1, own)) == ("fingerprint", "face")
    assert verify_word(16, own) == "PIN without verification"  # fixed, never mapped
    assert verify_word(3, own) == ""
    text = "129:1,130:3,131:0,132:2,136:4,137:5,138:6,139:7,140:8,141:9"
    assert read_verify_map(text) == DEFAULT_VERIFY_MAP


def test_sixteen_and_seventeen_verified_nobody() -> None:
    assert [code for code in range(256) if is_unverified(code)] == [16, 17]
    assert not is_unverified(None)


def test_states() -> None:
    words = ["check in", "check out", "meal in", "meal out", "break in", "break out"]
    assert [state_word(code) for code in range(6)] == words
    assert (state_word(255), state_word(6), state_word(None)) == ("undefined", "", "")


def test_operations() -> None:
    assert [code for code in range(38) if not operation_word(code)] == []
    assert (operation_word(0), operation_word(37)) == ("power on", "user changed")
    assert (operation_word(101), operation_word(114)) == ("face registered", "face changed")
    assert (operation_word(99), operation_word(-1), operation_word(9999)) == ("", "", "")


def test_alarms() -> None:
    codes = (50, 51, 53, 54, 55, 58, 65535)
    assert [alarm_reason([str(code)]) for code in codes] == list(codes)
    assert all(alarm_word(code) for code in codes)
    assert (alarm_word(52), alarm_word(None)) == ("", "")
    assert alarm_reason(["0", "55", "0", "0"]) == 55  # later texts put the reason second
    assert [alarm_reason(operands) for operands in ([], [""], ["DHCP"], ["0", "0", "55"], ["\u0665\u0665"])] == [
        None
    ] * 5


@pytest.mark.parametrize(
    ("code", "operands", "kind"),
    [
        (32, [], AlertKind.DURESS), (3, ["55"], AlertKind.TAMPER), (3, ["54"], AlertKind.TAMPER),
        (3, ["0", "55"], AlertKind.TAMPER), (13, [], AlertKind.DATA_CLEARED), (23, [], AlertKind.DATA_CLEARED),
        (105, [], AlertKind.DATA_CLEARED),
        (21, ["x"], AlertKind.CLOCK_CHANGED), (24, [], AlertKind.ADMINISTRATOR_REMOVED),
        (22, [], AlertKind.FACTORY_RESET), (3, ["51"], None), (3, ["65535"], None), (3, [], None), (0, [], None),
        (30, ["55"], None), (9999, [], None),
    ],
)  # fmt: skip
def test_operations_to_hear_of_at_once(code: int, operands: list[str], kind: AlertKind | None) -> None:
    assert operation_alert(code, operands) == kind


def test_privileges_biometrics_and_photo_types() -> None:
    assert [privilege_word(code) for code in (0, 1, 2, 14)] == [
        "user",
        "inactive user",
        "enroller",
        "super administrator",
    ]
    assert [privilege_word(code) for code in (3, None, -1)] == ["", "", ""]
    assert [biometric_word(code) for code in (1, 7, 9, 10)] == [
        "fingerprint", "finger vein", "visible-light face", "visible-light palm"]  # fmt: skip
    assert [biometric_word(code) for code in (11, -1, None)] == ["", "", ""]
    assert [bool(photo_type_word(code)) for code in (0, 4, 5, -1, None)] == [True, True, False, False, False]
