"""Who a station is: MAC address, model, firmware, address; all by its number."""

from dataclasses import dataclass

_MODELS = (("A05", "105.30.10.22"), ("A03", "103.30.2.14"), ("A02", "102.30.3.4"), ("A01", "101.30.3.4"))


@dataclass(frozen=True, slots=True)
class Identity:
    """A station as it names itself. mac: 12 hexadecimal digits, upper case."""

    mac: str
    model: str
    firmware: str
    hardware: str
    address: str

    @property
    def colons(self) -> str:
        """The MAC as the device prints it."""
        return ":".join(self.mac[at : at + 2] for at in range(0, 12, 2))


def mac_of(number: int) -> str:
    """The MAC of the station with this number, from 1; the vendor's own first three bytes."""
    return f"0C1105{number:06X}"


def identity(number: int) -> Identity:
    """The station with this number, from 1."""
    model, firmware = _MODELS[(number - 1) % len(_MODELS)]
    address = f"192.168.{1 + number // 250}.{1 + number % 250}"
    return Identity(mac_of(number), model, firmware, f"{firmware.split('.')[0]}.3.0", address)


def next_firmware(firmware: str) -> str:
    """The version after this one."""
    head, _, last = firmware.rpartition(".")
    return f"{head}.{int(last) + 1}"
