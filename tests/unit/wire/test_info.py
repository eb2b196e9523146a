"""INFO of 5 to 10 fields (spec/zk-push.md D1, C49)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.info import DeviceInfo, parse_info

IP = "192.168.1.9"


@pytest.mark.parametrize(
    ("text", "info"),
    [
        (f"Ver 3.60 Feb 20 2010,1000,2000,0,{IP}", DeviceInfo("Ver 3.60 Feb 20 2010", 1000, 2000, 0, IP)),
        (f"V,1,2,3,{IP},10,58", DeviceInfo("V", 1, 2, 3, IP, 10, 58)),
        (f"V, 2, 0, 0, {IP}, 10, -1, -12, 101", DeviceInfo("V", 2, 0, 0, IP, 10, -1, None, -12, "101")),
        (f"V,3,0,12,{IP},10,58,2,3,11110", DeviceInfo("V", 3, 0, 12, IP, 10, 58, 2, 3, "11110")),
        (f"V,3,0,12,{IP},10,58,2,3,11110,x,y", DeviceInfo("V", 3, 0, 12, IP, 10, 58, 2, 3, "11110", ("x", "y"))),
        ("V,a,,1e3", DeviceInfo("V")),
        ("", DeviceInfo("")),
    ],
)
def test_info(text: str, info: DeviceInfo) -> None:
    assert parse_info(text) == info


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert parse_info(text).firmware == text.split(",")[0].strip()
