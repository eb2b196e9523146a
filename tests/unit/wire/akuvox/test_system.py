import pytest

from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.samples import call_state, levels
from wire.akuvox.system import parse_info, parse_status

# The document's own answer of system/info, shortened.
INFO = {
    "Account1": {"SipServer": "192.168.1.115", "Status": "2", "UserName": "141"},
    "Lan": {"DNS1": "192.168.1.1", "IPAddress": "192.168.1.78", "LinkStatus": "1", "PortType": "0"},
    "Status": {
        "FirmwareVersion": "29.31.101.624", "HardwareVersion": "29.3.0", "MAC": "0C:11:05:07:8B:71", "Model": "R29S",
    },
}  # fmt: skip


def test_info() -> None:
    info = parse_info(INFO)
    assert (info.mac, info.model, info.firmware, info.hardware) == ("0C1105078B71", "R29S", "29.31.101.624", "29.3.0")
    assert info.data["Lan"]["IPAddress"] == "192.168.1.78"
    assert "UserName" not in info.data["Account1"]


@pytest.mark.parametrize("data", [None, {}, {"Status": "x"}, {"Status": {}}, {"Status": {"MAC": "0C:11"}}])
def test_info_without_a_mac(data: object) -> None:
    with pytest.raises(AnswerUnreadable):
        parse_info(data)


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (1544336389, 1544336389.0),
        ("1544336389", 1544336389.0),
        (1544336389000, 1544336389.0),
        ("now", None),
        (None, None),
    ],
)
def test_clock(sent: object, seconds: float | None) -> None:
    status = parse_status({"SystemTime": sent, "UpTime": "137"})
    assert (status.system_time, status.up_time) == (seconds, 137.0)


def test_status_without_data() -> None:
    with pytest.raises(AnswerUnreadable):
        parse_status(None)


def test_samples() -> None:
    assert levels({"RelayA": 0, "RelayB": "1", "Other": 3}) == {"RelayA": 0, "RelayB": 1}
    assert levels({"InputA": 1}) == {"InputA": 1}
    assert call_state({"Status": "READY"}) == "READY"


@pytest.mark.parametrize("data", [None, {}, [], {"RelayA": "x"}, {"Status": 3}])
def test_a_sample_of_nothing(data: object) -> None:
    with pytest.raises(AnswerUnreadable):
        levels(data)
    with pytest.raises(AnswerUnreadable):
        call_state(data)
