"""Every rule of a command can fail, names its parameter and tells no secret (errata Z9, Z10, Z11)."""

import base64

import pytest

from tests.unit.wire.commands.examples import PICTURE, RANGE, TEMPLATE, WEEK, Arguments
from wire.zkpush.commands import (
    CATALOGUE,
    Prerequisite,
    build,
    lacks_capability,
    redact_line,
    unmet_prerequisites,
)
from wire.zkpush.errors import CommandInvalid

SECRET = "S3cret77"


def refusal(name: str, arguments: Arguments, charset: str = "utf-8") -> str:
    with pytest.raises(CommandInvalid) as caught:
        build(name, arguments, charset)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("user.update", {}, "user.update: parameter pin is missing"),
        ("user.update", {"pin": "1", "nmae": "x"}, "no parameter 'nmae'; it takes pin, name"),
        ("device.reboot", {"now": 1}, "no parameter 'now'; it takes none"),
        ("fingerprint.update", {"pin": "1", "finger": 0, "template": TEMPLATE, "size": 8}, "no parameter 'size'"),
        ("device.info", {"all_records": 1}, "no parameter 'all_records'"),
        # integers
        ("workcode.update", {"code": -1, "name": "x"}, "parameter code must be a whole number from 0 to 999999999"),
        ("workcode.update", {"code": "1.5", "name": "x"}, "parameter code must be a whole number"),
        ("workcode.update", {"code": "\u0661", "name": "x"}, "parameter code must be a whole number"),
        ("jobcode_group.update", {"group": 7, "name": "x", "enabled": 1}, "group must be a whole number from 1 to 6"),
        ("tipcode.update", {"tip": 0, "name": "x", "enabled": 1}, "tip must be a whole number from 1 to 3"),
        ("bell.update", {"bell": 1, "time": "08:00", "enabled": 1, "volume": 100}, "volume must be .* 0 to 99"),
        ("bell.update", {"bell": 1, "time": "08:00", "enabled": 1, "music": 10}, "music must be .* 0 to 9"),
        ("bell.update", {"bell": 1, "time": "08:00", "enabled": 1, "lifetime": 256}, "lifetime must be .* 0 to 255"),
        ("shortcut_key.update", {"key": 9, "function": 1}, "key must be a whole number from 1 to 8"),
        ("timezone.delete", {"schedule": 51}, "schedule must be a whole number from 1 to 50"),
        ("access.output", {"door": 17, "output": "01", "seconds": 1}, "door must be a whole number from 0 to 16"),
        # choices
        (
            "user.update",
            {"pin": "1", "privilege": 3},
            r"privilege must be one of 0 \(normal user\), 1 \(inactive user\)",
        ),
        ("user.update", {"pin": "1", "verify_mode": 16}, "verify_mode must be one of 128"),
        ("bell.update", {"bell": 1, "time": "08:00", "enabled": 2}, "enabled must be one of 0"),
        ("sms.update", {"message": "x", "tag": 255}, "tag must be one of 253"),
        ("enroll.fingerprint", {"pin": "1", "finger": 1, "overwrite": 3}, "overwrite must be one of"),
        ("shortcut_key.update", {"key": 1, "function": 10}, "function must be one of"),
        ("group_schedule.update", {"group": 1, "verify_mode": 129, "holiday": 1}, "holiday must be one of 0"),
        # texts
        ("user.update", {"pin": ""}, "pin must be 1 to 24 letters, digits"),
        ("user.update", {"pin": "a b"}, "pin must be 1 to 24 letters, digits"),
        ("user.update", {"pin": "x" * 25}, "pin must be 1 to 24 letters, digits"),
        ("user.update", {"pin": "1", "name": " Ann"}, "name must not begin or end with a blank"),
        ("workcode.update", {"code": 1, "name": ""}, "name must not be empty"),
        ("user.update", {"pin": "1", "card": "12-34"}, "card must be a decimal card number"),
        ("user.update", {"pin": "1", "card": "CC9932DD"}, "card must be a decimal card number"),
        ("access.card_update", {"pin": "1", "card": "[CC9932DD]", "lost": 0}, "card must be a card number of up to 16"),
        ("shortcut_key.update", {"key": 1, "function": 1, "label": "x" * 25}, "label has 25 characters, at most 24"),
        # times
        ("bell.update", {"bell": 1, "time": "24:00", "enabled": 1}, "time must be hh:mm"),
        (
            "sms.update",
            {"message": "x", "tag": 253, "uid": 1, "minutes": 1, "start_time": "2026-02-30 00:00:00"},
            "start_time must",
        ),
        ("log.query", {"start_time": "2026-03-01", "end_time": "2026-03-02"}, "start_time must be a device-local time"),
        (
            "log.query",
            {"start_time": RANGE["end_time"], "end_time": RANGE["start_time"]},
            "log.query: parameter end_time lies",
        ),
        (
            "log.verify",
            {"start_time": RANGE["end_time"], "end_time": RANGE["start_time"]},
            "log.verify: parameter end_time",
        ),
        (
            "user.update",
            {"pin": "1", "valid_from": RANGE["end_time"], "valid_to": RANGE["start_time"]},
            "valid_to lies before valid_from",
        ),
        ("access.holiday_update", {"day": "20260230", "type": 1, "loop": 1}, "day must be a day YYYYMMDD"),
        ("acc_holiday.update", {"uid": 1, "name": "x", "first_day": "1301"}, "first_day must be a day MMDD"),
        # the odd forms
        ("timezone.update", {"schedule": 1, "times": WEEK.rpartition(";")[0]}, "times 6 days, must be seven"),
        ("timezone.update", {"schedule": 1, "times": WEEK.replace("-", "")}, "times must be hh:mm-hh:mm"),
        (
            "shortcut_key.update",
            {"key": 1, "function": 1, "change_times": "08:30;09:00"},
            "change_times 2 times, must be",
        ),
        ("shortcut_key.update", {"key": 1, "function": 1, "job_groups": "1:0:1"}, "job_groups must be 6 digits 0 or 1"),
        ("shortcut_key.update", {"key": 1, "function": 1, "tips": "1:2:1"}, "tips must be 3 digits 0 or 1"),
        ("user.update", {"pin": "1", "schedules": "1,2,3,4"}, "schedules must be at most three schedule ids"),
        ("user.update", {"pin": "1", "schedules": "51"}, "schedules must be at most three schedule ids .* to 50"),
        ("user.update", {"pin": "1", "schedules": "0000000100020033"}, "schedules must be at most three schedule ids"),
        ("user.update", {"pin": "1", "schedules": "mornings"}, "schedules must be up to three schedule ids"),
        (
            "group_schedule.update",
            {"group": 1, "verify_mode": 129, "schedules": "group"},
            "schedules must be up to three",
        ),
        ("acc_group.update", {"group": 1, "holiday": 0, "timezones": "1;0"}, "timezones must be three time zone ids"),
        (
            "acc_group.update",
            {"group": 1, "holiday": 0, "timezones": "1;0;256"},
            "timezones must be time zone ids from 0",
        ),
        (
            "access.data_query",
            {"table": "user", "conditions": "Pin"},
            "conditions must be .* or NewRecord, or field=value",
        ),
        ("access.data_query", {"table": "user,x=1"}, "table must not hold ','"),
        ("access.data_count", {"table": "user *"}, "table must be a name"),
        ("access.data_delete", {"table": "user", "conditions": "*"}, "'\\*' is all records; leave it out"),
        (
            "access.network_set",
            {"address": "1.2.3.4", "gateway": "1.2.3.1", "mask": "0.0.0.255"},
            "mask must be a network",
        ),
        ("access.server_set", {"address": "server", "port": 80}, "address must be an IPv4 address"),
        # files
        ("file.get", {"path": "/etc/passwd"}, "path is relative to /mnt/mtdblock"),
        ("file.get", {"path": "../../etc/passwd"}, "path must not climb"),
        ("file.get", {"path": "a b"}, "path must be a path of printable ASCII"),
        ("file.put", {"url": "http://server/a b"}, "url must be an http address"),
        ("file.put", {"url": "ftp://server/a"}, "url must be an http address"),
        ("file.put", {"url": "../x"}, "url must be an http address"),
        ("file.put", {"url": "x" * 251}, "url has 251 bytes in utf-8, at most 250"),
        ("firmware.upgrade", {"checksum": "x" * 32, "size": 1, "url": "a"}, "checksum must be an MD5 sum"),
        ("firmware.upgrade", {"checksum": "0" * 32, "size": 1, "url": "a,type=2"}, "url must not hold ','"),
        ("device.shell", {"command": "x" * 79}, "command has 79 bytes in utf-8, at most 78"),
        # what belongs together
        ("user.update", {"pin": "1", "verify": 0, "verify_mode": 129}, "give verify_mode .* or verify"),
        ("biophoto.update", {"pin": "1"}, "give content .* or url"),
        ("biophoto.update", {"pin": "1", "content": PICTURE, "url": "a.jpg"}, "give content .* or url"),
        ("biodata.delete", {"pin": "1", "number": 1}, "parameter number needs type too"),
        ("raw", {}, "parameter line is missing"),
        ("raw", {"line": "  "}, "parameter line is missing"),
        ("raw", {"line": 5}, "parameter line is missing"),
        ("raw", {"line": "INFO\nREBOOT"}, "line must be one line"),
        ("raw", {"line": "INFO\rREBOOT"}, "line must be one line"),
        ("raw", {"line": "INFO\0"}, "line must be one line"),
        ("raw", {"line": "INFO "}, "must not begin or end with a blank"),
        ("raw", {"line": "C:1:INFO"}, "must not hold C:id:"),
        ("raw", {"line": "x" * 40_001}, "line has 40001 bytes, at most 40000"),
        ("raw", {"text": "INFO"}, "no parameter 'text'; it takes line"),
    ],
)
def test_rules(name: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(CommandInvalid, match=said):
        build(name, arguments)


@pytest.mark.parametrize("line", ["SHELL ls", "shell ls", "GetFile a", "PUTFILE a b", "Upgrade type=1", "PutAdvFile x"])
def test_a_raw_line_does_not_get_past_the_settings(line: str) -> None:
    assert "has an entry of its own" in refusal("raw", {"line": line})


@pytest.mark.parametrize(
    ("name", "key"),
    [(entry.name, key) for entry in CATALOGUE.values() for key in entry.all_keys],
)
def test_z10_a_missing_key_never_means_all_by_accident(name: str, key: str) -> None:
    others: Arguments = {"type": 9} if name == "biodata.query" else {}
    others = {"table": "user"} if name == "access.data_delete" else others
    assert f"without {key} it means all records; give {key}, or all_records" in refusal(name, others)
    assert refusal(name, {**others, "all_records": False}) == refusal(name, others)
    assert "contradict each other" in refusal(name, {**others, key: 1, "all_records": True})
    assert "all_records must be true or false" in refusal(name, {**others, "all_records": 2})
    assert build(name, {**others, "all_records": True}).summary.endswith("all_records")


def test_z10_a_finger_of_nobody_is_no_all() -> None:
    assert "finger needs pin" in refusal("fingerprint.delete", {"finger": 1, "all_records": True})


def test_z11_threshold_values_and_their_prerequisite() -> None:
    for threshold in (10, 15, 20, 25, 30, 35):
        build("user.update_extended", {"pin": "1", "finger_threshold": threshold})
    for threshold in (0, 5, 12, 40):
        assert "finger_threshold must be one of 10" in refusal(
            "user.update_extended", {"pin": "1", "finger_threshold": threshold}
        )
    needed = Prerequisite("USAUser1to1FPThresholdFunOn", "1", "finger_threshold", "thresholds a user (errata Z11)")
    arguments: Arguments = {"pin": "1", "finger_threshold": 10}
    assert unmet_prerequisites("user.update_extended", arguments, {}) == (needed,)
    assert unmet_prerequisites("user.update_extended", arguments, {"USAUser1to1FPThresholdFunOn": "0"}) == (needed,)
    assert unmet_prerequisites("user.update_extended", arguments, {"USAUser1to1FPThresholdFunOn": "1"}) == ()
    assert unmet_prerequisites("user.update_extended", {"pin": "1"}, {}) == ()


def test_z11_picture_sizes_by_series() -> None:
    def picture(size: int) -> str:
        return base64.b64encode(bytes(size * 3 // 4)).decode()

    assert build("picture.update", {"pin": "1", "content": picture(10_240)}).text.startswith(
        b"DATA UPDATE USERPIC PIN=1\tSize=10240\t"
    )
    assert "at most 10240 for series 20" in refusal("picture.update", {"pin": "1", "content": picture(10_244)})
    build("picture.update", {"pin": "1", "content": picture(20_480), "series": 30})
    assert "at most 20480 for series 30" in refusal(
        "picture.update", {"pin": "1", "content": picture(20_484), "series": 30}
    )


@pytest.mark.parametrize(
    ("name", "flags", "lacks"),
    [
        ("fingerprint.update", "011", True),
        ("fingerprint.update", "100", False),
        ("face.update", "101", True),
        ("picture.update", "11010", True),
        ("picture.update", "11", False),  # an older device says less
        ("face.update", None, False),
        ("user.update", "000", False),
    ],
)
def test_capabilities_that_the_device_denies(name: str, flags: str | None, lacks: bool) -> None:
    assert lacks_capability(name, flags) is lacks


def test_z11_privilege_1_is_inactive() -> None:
    privilege = next(one for one in CATALOGUE["user.update"].parameters if one.name == "privilege")
    assert privilege.choices[1] == "inactive user"


def test_z9_text_in_the_devices_charset() -> None:
    name = "\u738b\u5c0f\u660e"
    assert build("user.update", {"pin": "1", "name": name}).text == b"DATA UPDATE USERINFO PIN=1\tName=" + name.encode()
    assert build("user.update", {"pin": "1", "name": name}, "gb18030").text.endswith(b"Name=" + name.encode("gb18030"))


def test_z9_lengths_are_bytes_of_that_charset() -> None:
    name = "\u738b" * 17
    assert "name has 51 bytes in utf-8, at most 48" in refusal("user.update", {"pin": "1", "name": name})
    build("user.update", {"pin": "1", "name": name}, "gb18030")
    message: Arguments = {"tag": 253, "uid": 1, "minutes": 1, "start_time": "2026-03-01 09:00:00"}
    build("sms.update", {**message, "message": "x" * 320})
    assert "at most 320" in refusal("sms.update", {**message, "message": "x" * 321})


def test_only_the_devices_charsets() -> None:
    assert "charset 'latin-1' must be one of utf-8, gb18030" in refusal("device.info", {}, "latin-1")


@pytest.mark.parametrize("bad", ["", "A", "AQID BA==", "AQIDBA", "A===", "\u00e4"])
def test_templates_are_base64(bad: str) -> None:
    refused = refusal("fingerprint.update", {"pin": "1", "finger": 1, "template": bad})
    assert "parameter template must" in refused
    assert "given" not in refused


def test_templates_have_a_bound() -> None:
    large = base64.b64encode(bytes(128 * 1024)).decode()
    assert "at most 131072" in refusal("face.update", {"pin": "1", "face": 1, "template": large})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("user.update", {"pin": "1", "password": SECRET + "x" * 16}),
        ("user.update", {"pin": "1", "password": SECRET + "\n"}),
        ("user.update", {"pin": "1", "card": SECRET}),
        ("face.update", {"pin": "1", "face": 1, "template": SECRET + "!"}),
        ("option.set", {"item": "PushComKey", "value": SECRET + " x"}),
        ("option.set", {"item": "PushComKey", "value": SECRET + "\t"}),
        ("option.set", {"item": "CardKey", "value": SECRET * 5}),
        ("option.set", {"item": "PushComkey", "value": SECRET}),
        ("raw", {"line": f"SET OPTION PushComKey={SECRET}\n"}),
    ],
)
def test_refusals_tell_no_secret(name: str, arguments: Arguments) -> None:
    assert SECRET not in refusal(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "secret"),
    [
        ("user.update", {"pin": "1", "name": "Ann", "password": SECRET, "card": "13375590"}, ("card", "password")),
        ("fingerprint.update", {"pin": "1", "finger": 1, "template": SECRET}, ("template",)),
        ("option.set", {"item": "PushComKey", "value": SECRET}, ("value",)),
        ("raw", {"line": f"DATA UPDATE user Pin=1\tPassword={SECRET}\tName=Ann"}, ("line",)),
    ],
)
def test_summaries_and_representations_tell_no_secret(name: str, arguments: Arguments, secret: tuple[str, ...]) -> None:
    built = build(name, arguments)
    assert SECRET.encode() in built.text
    assert built.secret_parameters == secret
    assert "(hidden)" in built.summary
    assert SECRET not in repr(built)
    assert "13375590" not in repr(built)


def test_summaries_are_for_people() -> None:
    assert build("user.delete", {"pin": "17"}).summary == (
        "Delete a user with templates and extended settings, or all users: pin=17"
    )
    assert build("option.set", {"item": "IPAddress", "value": "1.2.3.4"}).summary == (
        "Set one option: item=IPAddress, value=1.2.3.4"
    )
    assert build("device.shell", {"command": "mount password=x"}).summary == (
        "Run a system command on the device: command=mount password=(hidden)"
    )
    assert build("raw", {"line": "DATA QUERY x A=1\tB=2"}).summary == "Send a line as it is: DATA QUERY x A=1 B=2"


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        (
            "DATA UPDATE USERINFO PIN=1\tPasswd=a b\tCard=5",
            "DATA UPDATE USERINFO PIN=1\tPasswd=(hidden)\tCard=(hidden)",
        ),
        ("SET OPTIONS WirelessKey=a,b,IPAddress=1.2.3.4", "SET OPTIONS WirelessKey=(hidden),IPAddress=1.2.3.4"),
        ("DATA UPDATE BIODATA Pin=1\tTmp=AQIDBA==", "DATA UPDATE BIODATA Pin=1\tTmp=(hidden)"),
        ("SET OPTION PushComKey=a=b", "SET OPTION PushComKey=(hidden)"),
        ("DATA UPDATE SHORTKEY keyID=3", "DATA UPDATE SHORTKEY keyID=3"),
    ],
)
def test_redacted_lines(line: str, redacted: str) -> None:
    assert redact_line(line) == redacted
