"""A folder of keys: which one seals, which open, what is refused, and when the folder is read again."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import KeyMissing, SettingsError
from runtime.key_files import KeyId, new_key, rotate_key
from runtime.keyring import KeyRing, open_key_ring
from runtime.raw_bodies import open_raw, seal_raw
from runtime.sealing import SealBroken
from runtime.sections import KeySettings
from schemas.headers import RawHeaders


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"
    assert str(new_key(folder, "acme")) == "acme.1"
    file = folder / "acme.1.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    content = file.read_text()
    assert len(bytes.fromhex(content)) == 32
    assert [entry.name for entry in folder.iterdir()] == ["acme.1.key"], "no draft is left"
    with pytest.raises(SettingsError, match="already"):
        new_key(folder, "acme")
    assert file.read_text() == content


def test_the_greatest_number_seals_and_all_open(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    for _ in range(10):
        rotate_key(tmp_path, "acme")
    ring = KeyRing.load(tmp_path)
    assert ring.sealer("acme").key_id == "acme.11", "by number, not by spelling"
    assert ring.ids() == [KeyId("acme", number) for number in range(1, 12)]
    old = ring.opener("acme.3")
    assert old.open(old.seal(b"x", b""), b"") == b"x"


def test_tenants_whose_names_look_like_keys_stay_apart(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    new_key(tmp_path, "acme.1")
    ring = KeyRing.load(tmp_path)
    assert (ring.sealer("acme").key_id, ring.sealer("acme.1").key_id) == ("acme.1", "acme.1.1")


def test_no_tenant_is_the_tenant_default(tmp_path: Path) -> None:
    new_key(tmp_path, "default")
    assert KeyRing.load(tmp_path).sealer("").key_id == "default.1"


def test_a_key_that_is_not_there_is_named_with_its_remedy(tmp_path: Path) -> None:
    ring = KeyRing.load(tmp_path)
    with pytest.raises(KeyMissing, match=rf"'acme' has no key in {tmp_path}.*`punchstream keys new --tenant acme`"):
        ring.sealer("acme")
    with pytest.raises(KeyMissing, match=rf"'acme\.7' is not in {tmp_path}.*acme\.7\.key"):
        ring.opener("acme.7")


@pytest.mark.parametrize("tenant", ["", "../acme", "a/b", "a b", "ä", "x" * 65, "a\n", ".."])
def test_a_name_that_is_no_tenant_makes_no_key(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(SettingsError, match="is not 1 to 64"):
        new_key(tmp_path, tenant)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("content", "what"), [("zz", "not hexadecimal"), ("abcd", "has 2 bytes"), ("", "has 0 bytes")])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str, what: str) -> None:
    file = tmp_path / "acme.1.key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(SettingsError, match=what):
        KeyRing.load(tmp_path)


@pytest.mark.parametrize(("mode", "fits"), [(0o600, True), (0o440, True), (0o604, False), (0o602, False)])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int, fits: bool) -> None:
    new_key(tmp_path, "acme")
    (tmp_path / "acme.1.key").chmod(mode)
    if fits:
        assert KeyRing.load(tmp_path).ids()
    else:
        with pytest.raises(SettingsError, match="chmod 600"):
            KeyRing.load(tmp_path)


def test_files_of_other_names_are_nobodys_keys(tmp_path: Path) -> None:
    for name in ("acme.key", "acme.0.key", "acme.01.key", "acme.1.key.old", ".acme.1.ab12", "README"):
        (tmp_path / name).write_text("zz")
    assert KeyRing.load(tmp_path).ids() == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"folder of keys .*nowhere: No such file"):
        KeyRing.load(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match=r"keys\.folder is not set"):
        open_key_ring(KeySettings())
    with pytest.raises(SettingsError, match="there is no key in"):
        open_key_ring(KeySettings(folder=tmp_path))


def test_a_new_key_is_seen_at_the_next_look(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    clock = Clock()
    ring = KeyRing.load(tmp_path, clock=clock, check_seconds=2)
    rotate_key(tmp_path, "acme")
    clock.now = 1.9
    assert ring.sealer("acme").key_id == "acme.1", "the folder is not read for every body"
    clock.now = 2.0
    assert ring.sealer("acme").key_id == "acme.2"
    (tmp_path / "acme.1.key").unlink()
    clock.now = 4.0
    with pytest.raises(KeyMissing):
        ring.opener("acme.1")


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    clock = Clock()
    ring = KeyRing.load(tmp_path, clock=clock, check_seconds=2)
    before = ring.sealer("acme")
    clock.now = 100.0
    assert ring.sealer("acme") is before


def test_a_broken_file_stops_no_running_part(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    new_key(tmp_path, "acme")
    clock = Clock()
    ring = KeyRing.load(tmp_path, clock=clock, check_seconds=2)
    broken = tmp_path / "acme.2.key"
    broken.write_text("half a k")
    broken.chmod(0o600)
    for now in (2.0, 4.0, 6.0):
        clock.now = now
        assert ring.sealer("acme").key_id == "acme.1"
    (record,) = caplog.records
    assert f"the key {broken} is not hexadecimal; going on with the 1 keys from before" in record.getMessage()
    assert "half" not in record.getMessage()
    broken.write_text(os.urandom(32).hex())
    clock.now = 8.0
    assert ring.sealer("acme").key_id == "acme.2"


def test_a_raw_body_opens_with_its_own_key_as_a_record_of_its_topic_and_device(tmp_path: Path) -> None:
    new_key(tmp_path, "acme")
    ring = KeyRing.load(tmp_path)
    sealed = bytes(seal_raw(ring.sealer("acme"), "raw.operations", "D1", b"USER PIN=1\tPasswd=1234"))
    raw = RawHeaders("D1", "acme", "OPERLOG", 1, "edge-1", "r1", sealed="acme.1")
    rotate_key(tmp_path, "acme")
    ring = KeyRing.load(tmp_path)
    assert open_raw(ring, "raw.operations", raw, sealed) == b"USER PIN=1\tPasswd=1234"
    with pytest.raises(SealBroken):
        open_raw(ring, "raw.photos", raw, sealed)
    with pytest.raises(SealBroken):
        open_raw(ring, "raw.operations", replace(raw, source="D2"), sealed)
    open_one = RawHeaders("D1", "acme", "ATTLOG", 1, "edge-1", "r1")
    assert open_raw(ring, "raw.attendance", open_one, b"1\t2026") == b"1\t2026"
