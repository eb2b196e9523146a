"""Which devices an operator means, and the texts that name zones, clocks and networks. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ingest.control.errors import RequestInvalid
from runtime.local_time import Clock, ClockError
from schemas.registry import HandshakeOptions
from wire.zkpush.errors import OptionsInvalid
from wire.zkpush.handshake import DeviceOptions
from wire.zkpush.target import SERIAL


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pending devices: those named, or those whose serial begins so, or that knock at an edge, or say an address
    of a network. All that is given must hold; at least one must be given."""

    serials: tuple[str, ...] = ()
    prefix: str = ""
    edge: str = ""
    network: str = ""


def serial_of(text: str) -> str:
    """In upper case. Raises RequestInvalid."""
    if not SERIAL.fullmatch(text):
        raise RequestInvalid(f"{text[:40]!r} is no serial: 1 to 32 letters, digits, '-', '_'")
    return text.upper()


def check_time(zone: str, clock: str) -> None:
    """Raises RequestInvalid for what the normalizer could not read times with."""
    try:
        Clock.parse(zone[:80], clock[:80])
    except ClockError as error:
        raise RequestInvalid(str(error)) from None


def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """None for an empty text. Raises RequestInvalid."""
    try:
        return ip_network(text) if text else None
    except ValueError:
        raise RequestInvalid(f"{text[:80]!r} is no network such as 10.1.2.0/24") from None


def is_in(address: str, network: IPv4Network | IPv6Network) -> bool:
    """Whether what a device says is its address lies in a network."""
    try:
        return ip_address(address) in network
    except ValueError:
        return False


def check_options(options: HandshakeOptions) -> None:
    """Raises RequestInvalid for what could not be told to a device at its handshake."""
    given = {name: value for name, value in asdict(options).items() if value is not None}
    try:
        DeviceOptions(utc_offset_s=0, **given)
    except OptionsInvalid as error:
        raise RequestInvalid(str(error)) from None
