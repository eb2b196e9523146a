"""Pictures that the camera takes of people who punch (document, 2.4.4)."""

from zlib import crc32

from simulate.fleet.errand import Errand
from simulate.fleet.pictures import jpeg
from simulate.fleet.punches import Punch
from simulate.fleet.requests import Requests
from simulate.fleet.stamps import Stamps


def is_photographed(share: float, serial: str, punch: Punch) -> bool:
    """Whether there is a picture of this punch; always the same for the same punch."""
    return crc32(f"{serial}{punch.pin}{punch.second}".encode()) < share * 2**32


def photo_name(punch: Punch) -> str:
    """`YYYYMMDDHHMMSS-PIN`: somebody who has passed the check."""
    return f"{punch.second.translate(_DIGITS)}-{punch.pin.strip()}"


def photo_errand(requests: Requests, serial: str, punch: Punch, stamps: Stamps) -> Errand:
    """The upload of the picture in real time; the picture is made when it is sent."""
    name = photo_name(punch)

    def build() -> bytes:
        return requests.photo(stamps.of("ATTPHOTO"), name, jpeg(f"{serial}:{name}"))

    return Errand(build, events=(("photo", name),))


_DIGITS = str.maketrans("", "", "-:T")
