"""What a station does with doors and lines: relay, input, call, sip, log files, pcap (document, those chapters)."""

from simulate.akuvox.call import Call, File, Reply
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.files import capture, tgz
from simulate.akuvox.station import Station

_FOREVER = 10 * 365 * 86_400.0
_CAPTURED_PER_SECOND = 34_934
_AUTO_SECONDS = 60


def relay_status(station: Station, call: Call) -> Reply:
    return Reply({f"Relay{letter}": int(station.is_open(number)) for number, letter in enumerate("ABC", 1)})


def relay_trig(station: Station, call: Call) -> Reply:
    mode = call.number("mode", 0, 0, 1)
    relay = call.number("num", 1, 1, 3)
    level = call.number("level", 1, 0, 1)
    delay = call.number("delay", 5, 0, 65_535)
    if not level:
        station.open_relay(relay, 0.0)
    else:
        station.open_relay(relay, _FOREVER if mode == 1 else float(delay))
    return Reply()


def input_status(station: Station, call: Call) -> Reply:
    """A door's contact is open while its relay is on."""
    return Reply({f"Input{letter}": int(not station.is_open(number)) for number, letter in enumerate("ABC", 1)})


def call_status(station: Station, call: Call) -> Reply:
    return Reply({"Status": "CALLING" if station.phone.dialed else "READY"})


def call_dial(station: Station, call: Call) -> Reply:
    number = call.text("Phone")
    if not number:
        raise RefusedCall(-100, "Param error")
    if station.phone.dialed:
        raise RefusedCall(-1, "Busy")
    station.phone.dialed = number
    station.call_event("Dialed", number, call.text("DisplayName"))
    return Reply()


def call_hangup(station: Station, call: Call) -> Reply:
    station.phone.dialed = ""
    return Reply()


def sip_accounts(station: Station) -> dict[str, dict[str, str]]:
    """Both accounts as system info and sip status print them; an enabled one with a server is registered."""
    accounts = {}
    for number in (1, 2):
        part = f"Config.Account{number}."
        keys = station.configuration
        enabled, server = keys[f"{part}GENERAL.Enable"] == "1", keys[f"{part}SIP.Server"]
        accounts[f"Account{number}"] = {
            "UserName": keys[f"{part}GENERAL.UserName"],
            "SipServer": server,
            "Status": ("2" if server else "3") if enabled else "0",
        }
    return accounts


def sip_status(station: Station, call: Call) -> Reply:
    return Reply(dict(sip_accounts(station)))


def log_export(station: Station, call: Call) -> Reply:
    kind = _log_kind(call)
    text = f"{station.identity.model} {station.identity.firmware}\nup {station.up_seconds()} s\n".encode()
    if kind == "log_debug":
        return Reply(file=File("log_debug.tar.gz", tgz("log_debug.txt", text)))
    return Reply(file=File(f"{kind}.txt", text))


def log_clear(station: Station, call: Call) -> Reply:
    _log_kind(call)
    return Reply()


def pcap_status(station: Station, call: Call) -> Reply:
    now = station.clock.monotonic()
    running = station.phone.is_capturing(now)
    return Reply({"FileSize": _capture_bytes(station), "Status": "start" if running else "stop"})


def pcap_start(station: Station, call: Call) -> Reply:
    now = station.clock.monotonic()
    if station.phone.is_capturing(now):
        raise RefusedCall(-1, "Busy")
    kind = call.text("type", "auto")
    if kind not in ("auto", "manual"):
        raise RefusedCall(-100, "Param error")
    seconds = call.number("time", _AUTO_SECONDS, 1, 180)
    size = call.number("size", 1_048_576, 1, 100_000_000)
    station.phone.start_capture(now, seconds if kind == "auto" else size / _CAPTURED_PER_SECOND)
    return Reply(
        {
            "filter": call.text("filter", "ip"),
            "interface": "eth0",
            "size": str(size),
            "time": str(seconds),
            "type": kind,
        }
    )


def pcap_stop(station: Station, call: Call) -> Reply:
    station.phone.stop_capture(station.clock.monotonic())
    seconds = int(station.phone.captured_seconds)
    return Reply({"FileSize": str(_capture_bytes(station)), "Time": str(seconds)})


def pcap_export(station: Station, call: Call) -> Reply:
    return Reply(file=File("phone.pcap", capture(int(station.phone.captured_seconds))))


def _capture_bytes(station: Station) -> int:
    return int(station.phone.captured_seconds * _CAPTURED_PER_SECOND)


def _log_kind(call: Call) -> str:
    kind = call.text("type", "log")
    if kind not in ("log", "kmsg", "log_debug"):
        raise RefusedCall(-100, "Param error")
    return kind
