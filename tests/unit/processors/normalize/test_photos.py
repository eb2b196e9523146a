"""Photos taken at a punch (C44, C45), and what is wrong with some."""

from __future__ import annotations

import hashlib

from schemas.deadletters import Reason
from schemas.device_events import PhotoKind
from schemas.identity import punch_id
from tests.unit.processors.normalize.raw import RECEIVED, SERIAL, converted

PICTURE = b"\xff\xd8\xff\xe0\x00\n\xff\xd9"
C44 = b"PIN=20260301090000-982\nSN=12300001\nsize=8\nCMD=realupload\x00" + PICTURE


def test_c44_a_photo_names_the_punch_of_its_second() -> None:
    found = converted("ATTPHOTO", C44)
    (photo,) = found.photos
    assert (photo.kind, photo.pin, photo.real_time, photo.size) == (PhotoKind.ATTENDANCE, "982", True, 8)
    assert photo.punch_id == punch_id("demo", SERIAL, "982", "2026-03-01T09:00:00")
    assert photo.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert (photo.happened_at, photo.size_mismatch, photo.stored) == (RECEIVED - 5000, False, "")
    (payload,) = found.payloads
    assert (payload.kind, payload.pin, bytes(payload.plain)) == ("photo", "982", PICTURE)


def test_c45_a_failed_check_is_nobodys() -> None:
    (photo,) = converted("ATTPHOTO", C44.replace(b"-982", b"").replace(b"realupload", b"uploadphoto")).photos
    assert (photo.kind, photo.pin, photo.punch_id, photo.real_time) == (PhotoKind.FAILED_CHECK, "", "", False)


def test_a_photo_sent_twice_is_one() -> None:
    first = converted("ATTPHOTO", C44).photos[0]
    again = converted("ATTPHOTO", C44, received_at=RECEIVED + 86_400_000, offset=42).photos[0]
    assert first.event_id == again.event_id
    assert first.rank > again.rank  # the one in real time is surer of its instant


def test_the_pin_may_stand_in_the_query() -> None:
    query = "SN=TST1&table=ATTPHOTO&PIN=20260301090000-982"
    (photo,) = converted("ATTPHOTO", PICTURE, query=query).photos
    assert (photo.pin, photo.size) == ("982", 8)


def test_a_photo_without_pin_or_picture_is_a_dead_letter() -> None:
    assert converted("ATTPHOTO", PICTURE).dead[0].reason is Reason.PIN_MISSING
    assert converted("ATTPHOTO", b"PIN=20260301090000-982\nsize=8\n\x00").dead[0].reason is Reason.PICTURE_MISSING


def test_an_identity_number_in_the_name_is_withheld() -> None:
    found = converted("ATTPHOTO", C44.replace(b"20260301090000-982", b"20260301090000-3-982-110101199001011234.jpg"))
    (photo,) = found.photos
    assert (photo.pin, photo.extra["photo_type"], photo.extra["withheld"]) == ("982", "3", "id_number")
    assert "110101199001011234" not in repr(photo)


def test_a_name_without_time_is_kept_by_its_picture() -> None:
    (photo,) = converted("ATTPHOTO", C44.replace(b"20260301090000-982", b"whatever")).photos
    assert (photo.kind, photo.local_time, photo.extra["name"]) == (PhotoKind.FAILED_CHECK, 0, "whatever")
