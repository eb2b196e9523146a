"""Files that stations export and take back: tgz, xml, csv, vcf, pcap, texts (document; errata A3)."""

import csv
import gzip
import io
import json
import struct
import tarfile
import zlib
from xml.etree import ElementTree

from simulate.akuvox.errors import RefusedCall

Item = dict[str, str]

_SCRAMBLE = 0x5A
_LARGEST = 16 * 1024 * 1024


def tgz(name: str, content: bytes) -> bytes:
    """A gzipped tar with one member."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as outer, tarfile.open(fileobj=outer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def read_tgz(content: bytes) -> bytes:
    """The first member. Raises RefusedCall when it is no such file."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            member = archive.next()
            file = archive.extractfile(member) if member is not None and member.size <= _LARGEST else None
            inside = b"" if file is None else bytes(file.read())
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise RefusedCall(-1, "Import Failed.") from error
    return inside


def sealed(value: dict[str, str] | list[Item]) -> bytes:
    """Something that only stations can read again: the document says that a configuration file is encrypted."""
    return bytes(byte ^ _SCRAMBLE for byte in zlib.compress(json.dumps(value).encode()))


def unsealed(content: bytes) -> object:
    """What `sealed` was given. Raises RefusedCall when it was not made by a station."""
    try:
        value: object = json.loads(
            zlib.decompressobj().decompress(bytes(byte ^ _SCRAMBLE for byte in content), _LARGEST)
        )
    except (zlib.error, ValueError) as error:
        raise RefusedCall(-1, "Import Failed.") from error
    return value


def xml(root: str, items: list[Item]) -> bytes:
    """One element per item, its fields as attributes."""
    top = ElementTree.Element(root)
    for item in items:
        ElementTree.SubElement(top, "Item", {name: _printable(value) for name, value in item.items()})
    inside: bytes = ElementTree.tostring(top, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8" ?>\n' + inside


def read_xml(content: bytes) -> list[Item]:
    """The items of such a file. Raises RefusedCall when it is none."""
    if b"<!" in content:  # a document type could hold entities; no station writes one
        raise RefusedCall(-1, "Import Failed.")
    try:
        return [dict(element.attrib) for element in ElementTree.fromstring(content)]  # noqa: S314 - no document types
    except ElementTree.ParseError as error:
        raise RefusedCall(-1, "Import Failed.") from error


def comma_separated(columns: tuple[str, ...], items: list[Item]) -> bytes:
    """A header line and one line per item."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(items)
    return text.getvalue().encode()


def read_comma_separated(content: bytes) -> list[Item]:
    """The items of such a file. Raises RefusedCall when it is none."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedCall(-1, "Import Failed.") from error
    return [{name: value or "" for name, value in row.items() if isinstance(name, str)} for row in rows]


def vcards(contacts: list[Item]) -> bytes:
    """Contacts as vCards."""
    cards = [f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{c['Name']}\r\nTEL:{c['Phone']}\r\nEND:VCARD\r\n" for c in contacts]
    return "".join(cards).encode()


def read_vcards(content: bytes) -> list[Item]:
    """Name and phone of each card."""
    items: list[Item] = []
    for line in content.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if line == "BEGIN:VCARD":
            items.append({})
        elif items and name in ("FN", "TEL"):
            items[-1]["Name" if name == "FN" else "Phone"] = value
    return items


def capture(packets: int) -> bytes:
    """A capture file with so many empty frames of 60 bytes."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    frame = bytes(60)
    return head + b"".join(struct.pack("<IIII", second, 0, len(frame), len(frame)) + frame for second in range(packets))


def _printable(text: str) -> str:
    return "".join(character for character in text if character >= " ")
