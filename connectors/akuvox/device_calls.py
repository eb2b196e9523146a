"""The calls about a station itself: system, firmware, config, relay, input, public codes, call, SIP, log, capture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.akuvox.calls import Calls, settings_of
from connectors.errors import RequestRefused, WrongStation
from wire.akuvox.codes import (
    LOG_FILES,
    LOG_LEVELS,
    MAX_PCAP_SECONDS,
    MAX_RELAY_DELAY_SECONDS,
    PCAP_TYPES,
)
from wire.akuvox.envelope import Json
from wire.akuvox.rows import WriteResult
from wire.akuvox.samples import call_state, levels
from wire.akuvox.system import SystemInfo, SystemStatus, parse_info, parse_status


class DeviceCalls(Calls):
    """Settings come without their secrets (errata A4). Arguments that no station takes raise RequestRefused unsent."""

    async def system_info(self) -> SystemInfo:
        """Raises WrongStation when another MAC answers: nothing of it may be taken for this station's."""
        info = self._understood("system/info", parse_info, (await self._answer("system/info")).data)
        if info.mac != self._station.mac:
            raise WrongStation(f"{self._station.key}: {info.mac} answers at {self._station.url}; nothing is read")
        self._learn_firmware(info.firmware)
        return info

    async def system_status(self) -> SystemStatus:
        return self._understood("system/status", parse_status, (await self._answer("system/status")).data)

    async def reboot(self) -> WriteResult:
        return await self._write("system/reboot")

    async def firmware_status(self) -> Json:
        return await self._settings("firmware/status")

    async def prepare_firmware(self) -> WriteResult:
        """Before upload and upgrade: the station goes into upgrade mode."""
        return await self._write("firmware/prepare")

    async def upload_firmware(self, image: bytes, *, silent: bool = False) -> WriteResult:
        """silent: the station shows nothing of it."""
        return await self._import("firmware/upload", "firmware.zip", image, silent=str(int(silent)))

    async def upgrade_firmware(self, md5: str = "") -> WriteResult:
        """md5 of the image, checked by the station: a wrong one is RequestRefused."""
        if md5 and not re.fullmatch(r"[0-9a-fA-F]{32}", md5):
            raise RequestRefused("md5 is 32 hexadecimal digits")
        return await self._write("firmware/upgrade", {"md5": md5} if md5 else None)

    async def config(self, *, sections: Sequence[str] = (), items: Sequence[str] = ()) -> Json:
        """All settings, those of sections (`Config.DoorSetting.RELAY`), or single ones."""
        if sections and items:
            raise RequestRefused("config/get takes sections or items, not both")
        asked = {"filter": list(sections)} if sections else {"item": list(items)} if items else None
        return await self._settings("config/get", asked)

    async def set_config(self, values: Mapping[str, str]) -> WriteResult:
        return await self._write("config/set", settings_of(values))

    async def export_config(self) -> bytes:
        """A tgz, encrypted by the station."""
        return await self._file("config/export")

    async def import_config(self, archive: bytes) -> WriteResult:
        """The tgz of export_config; the station reboots."""
        return await self._import("config/import", "Config.tgz", archive)

    async def reset_factory(self) -> WriteResult:
        return await self._write("config/reset_factory")

    async def relay_settings(self) -> Json:
        return await self._settings("relay/get")

    async def set_relay(self, values: Mapping[str, str]) -> WriteResult:
        return await self._write("relay/set", settings_of(values))

    async def relay_status(self) -> dict[str, int]:
        """`RelayA`.. to their level."""
        return self._understood("relay/status", levels, (await self._answer("relay/status")).data)

    async def trigger_relay(self, num: int, *, mode: int = 0, level: int = 0, delay: int = 5) -> WriteResult:
        """num: 1 A, 2 B, 3 C; mode: 0 closes again after delay seconds, 1 manual; level: codes.RELAY_LEVELS."""
        if num not in (1, 2, 3) or mode not in (0, 1) or level not in (0, 1):
            raise RequestRefused("relay/trig: num is 1 to 3, mode and level are 0 or 1")
        if not 0 <= delay <= MAX_RELAY_DELAY_SECONDS:
            raise RequestRefused(f"relay/trig: delay is 0 to {MAX_RELAY_DELAY_SECONDS} seconds")
        return await self._write("relay/trig", {"mode": mode, "num": num, "level": level, "delay": delay})

    async def input_settings(self) -> Json:
        return await self._settings("input/get")

    async def set_input(self, values: Mapping[str, str]) -> WriteResult:
        return await self._write("input/set", settings_of(values))

    async def input_status(self) -> dict[str, int]:
        """`InputA`.. to their level."""
        return self._understood("input/status", levels, (await self._answer("input/status")).data)

    async def public_codes(self) -> Json:
        """Whether they are on and how long they are; the codes are secrets."""
        return await self._settings("publiccode/get")

    async def set_public_codes(self, values: Mapping[str, str]) -> WriteResult:
        return await self._write("publiccode/set", settings_of(values))

    async def call_status(self) -> str:
        return self._understood("call/status", call_state, (await self._answer("call/status")).data)

    async def dial(self, phone: str, display_name: str = "") -> WriteResult:
        if not phone:
            raise RequestRefused("call/dial needs a phone number or address")
        return await self._write("call/dial", {"Phone": phone, "DisplayName": display_name})

    async def hang_up(self) -> WriteResult:
        return await self._write("call/hangup")

    async def sip_settings(self) -> Json:
        return await self._settings("sip/get")

    async def set_sip(self, values: Mapping[str, str]) -> WriteResult:
        return await self._write("sip/set", settings_of(values))

    async def sip_status(self) -> Json:
        """Of each account: `SipServer`, `Status` (codes.ACCOUNT_STATUS)."""
        return await self._settings("sip/status")

    async def log_settings(self) -> Json:
        return await self._settings("log/get")

    async def set_log(self, level: int) -> WriteResult:
        """level: codes.LOG_LEVELS."""
        if str(level) not in LOG_LEVELS:
            raise RequestRefused(f"log level is 0 to {len(LOG_LEVELS) - 1}")
        return await self._write("log/set", {"Config.Settings.LOGLEVEL.Level": str(level)})

    async def export_log(self, log_type: str = "log") -> bytes:
        return await self._file("log/export", type=_one_of(log_type, LOG_FILES))

    async def clear_log(self, log_type: str = "log") -> WriteResult:
        return await self._write("log/clear", {"type": _one_of(log_type, LOG_FILES)})

    async def pcap_status(self) -> Json:
        return await self._settings("pcap/status")

    async def start_pcap(
        self, capture_type: str = "auto", *, packets: str = "ip", seconds: int = 60, size: int = 1 << 20
    ) -> WriteResult:
        """A capture of the station's traffic; packets: a libpcap filter; seconds: for `auto`; size: in bytes."""
        if not 1 <= seconds <= MAX_PCAP_SECONDS or size < 1:
            raise RequestRefused(f"a capture lasts 1 to {MAX_PCAP_SECONDS} seconds and holds at least 1 byte")
        kind = _one_of(capture_type, PCAP_TYPES)
        return await self._write(
            "pcap/start", {"type": kind, "filter": packets, "time": str(seconds), "size": str(size)}
        )

    async def stop_pcap(self) -> WriteResult:
        return await self._write("pcap/stop")

    async def export_pcap(self) -> bytes:
        return await self._file("pcap/export")


def _one_of(word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise RequestRefused(f"{word[:20]!r} is none of {', '.join(words)}")
    return word
