"""The list of Part II, line by line."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import NO_FORMAT, Direction, Row, Status, example, unit

_UP: Final = Direction.TO_SERVER
_DOWN: Final = Direction.TO_DEVICE
_DONE: Final = Status.DONE
_BYTES: Final = unit("wire/commands/test_catalogue::test_the_exact_bytes")
_NOTHING: Final = "no wire format in the document"


def _up(name: str, ours: str, tests: tuple[str, ...], note: str = "", errata: tuple[str, ...] = ()) -> Row:
    return Row("II 2", name, _UP, _DONE, ours, tests, errata, note)


def _down(name: str, ours: str, tests: tuple[str, ...], note: str = "", errata: tuple[str, ...] = ()) -> Row:
    return Row("II 2", name, _DOWN, _DONE, ours, tests, errata, note)


FEATURES: Final = (
    Row("II 1", "any web server that speaks HTTP", Direction.BOTH, _DONE, "ingest/server.py", example("C01", "C03")),
    _up("black-and-white and colour devices", "wire/zkpush/attlog.py",
        unit("wire/test_attlog::test_no_count_of_columns_is_refused")),
    Row("II 2", "standardized server access interface", Direction.BOTH, _DONE, "ingest/endpoints.py",
        unit("ingest/test_endpoints::test_what_a_request_is_for")),
    Row("II 2", "database access interface to devices", Direction.NONE, Status.NOT_ON_THE_WIRE, "-", NO_FORMAT,
        ("Z17",), _NOTHING),
    _down("time from the server, with zones of half hours", "ingest/handshakes.py",
          example("C08") + unit("wire/test_handshake::test_time_zone_forms"), errata=("Z4",)),
    _up("attendance records by themselves", "wire/zkpush/attlog.py", example("C11")),
    _up("attendance photos by themselves", "wire/zkpush/photos.py", example("C44")),
    _up("system log by itself", "wire/zkpush/operlog.py", example("C34")),
    _up("new and changed users, fingerprints, faces", "wire/zkpush/operlog.py", example("C31", "C32", "C38")),
    _down("oldest records deleted on overflow, how many is chosen", "option.set DelRecord",
          unit(
              "processors/devices/test_reports::test_days_until_full_come_from_a_week_of_counts_and_a_cleared_memory_does_not_spoil_them"
          ), "fill level and days until overwriting in `devices`", ("Z13",)),
    Row("II 2", "UDP command notice", _DOWN, Status.NOT_ON_THE_WIRE, "-", NO_FORMAT, ("Z17",),
        f"{_NOTHING}; devices are reached by their poll"),
    _down("system commands such as ls", "device.shell", _BYTES, "off unless a setting and the admin role allow it",
          ("Z14",)),
    _down("check of what changed on the device", "device.check", _BYTES),
    _down("deletion of records, pictures, all data", "log.clear, photo.clear, data.clear", _BYTES),
    _up("device information", "device.info", example("C53")),
    _down("device options set", "option.set", _BYTES, errata=("Z15",)),
    _down("restart", "device.reboot", _BYTES),
    _down("device options read again", "device.reload_options", _BYTES, "the document prints no command; field"),
    _down("lock opened", "door.unlock", _BYTES),
    _down("alarm cancelled", "alarm.cancel", _BYTES),
    Row("II 2", "check and transfer of new data by the server", _DOWN, Status.NOT_ON_THE_WIRE, "log.send_new",
        NO_FORMAT, ("Z17",), f"{_NOTHING}; the field's LOG and CHECK do it"),
    _up("device files read", "file.get", unit("wire/test_results::test_getfile_keeps_its_content_byte_for_byte"),
        errata=("Z14",)),
    _down("files sent to the device, firmware too", "file.put",
          unit("ingest/commands/test_files::test_the_file_of_an_open_command_in_every_form"), errata=("Z14",)),
    _down("messages sent to the device", "sms.update, sms.assign", _BYTES, errata=("Z9",)),
    _down("users and fingerprints added, changed, deleted", "user.*, fingerprint.*", _BYTES),
    _down("fingerprint registered under the server's control", "enroll.fingerprint", _BYTES, errata=("Z2", "Z10")),
    Row("II 2", "users' pictures up, down, deleted", Direction.BOTH, _DONE, "picture.*", example("C41") + _BYTES,
        ("Z11",)),
    Row("II 2", "DNS", Direction.NONE, Status.NOT_ON_THE_WIRE, "-", NO_FORMAT, ("Z17",),
        f"{_NOTHING}; the device resolves names by itself"),
    Row("II 2", "HTTPS", Direction.BOTH, _DONE, "ingest/tls.py",
        unit("ingest/test_tls::test_a_device_is_served_with_tls_and_without"), ("Z16",)),
)  # fmt: skip
