"""`punchstream keys`: made once, rotated, rewrapped, destroyed, and nothing of a key on the screen."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.errors import FolderNotSet
from cli.main import app
from runtime.errors import SettingsError
from runtime.keyring import KeyRing
from runtime.objects_local import LocalObjects
from runtime.person_keys import PersonId
from runtime.vault import Vault


def run(folder: Path, *arguments: str, answer: str = "", exit_code: int = 0) -> str:
    """Standard output. Keys are in `folder`, objects in `objects` below it. Raises what the command raises."""
    options = ["--set", f"keys.folder={folder}", "--set", f"store.folder={folder / 'objects'}"]
    done = CliRunner().invoke(app, [*options, "keys", *arguments], input=answer, catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done.output


def vault(folder: Path) -> Vault:
    return Vault(LocalObjects(folder / "objects"), KeyRing.load(folder))


def test_a_first_key_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert run(folder, "new", "--tenant", "acme") == f"made {folder}/acme.1.key, key id acme.1\n"
    content = (folder / "acme.1.key").read_text()
    with pytest.raises(SettingsError, match=r"has key acme\.1 .* already; `punchstream keys rotate --tenant acme`"):
        run(folder, "new", "--tenant", "acme")
    assert (folder / "acme.1.key").read_text() == content


def test_the_next_key_seals_and_the_one_before_still_opens(tmp_path: Path) -> None:
    run(tmp_path, "new", "--tenant", "acme")
    assert "key id acme.2: it seals from now on" in run(tmp_path, "rotate", "--tenant", "acme")
    assert run(tmp_path, "list") == "acme.1  opens\nacme.2  seals and opens\n"
    assert json.loads(run(tmp_path, "list", "--json")) == [
        {"id": "acme.1", "tenant": "acme", "n": 1, "seals": False},
        {"id": "acme.2", "tenant": "acme", "n": 2, "seals": True},
    ]


def test_there_is_nothing_to_rotate_before_the_first_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="`punchstream keys new --tenant acme` makes the first one"):
        run(tmp_path, "rotate", "--tenant", "acme")
    assert run(tmp_path, "list") == "there are no keys\n"


def test_the_folder_must_be_named() -> None:
    with pytest.raises(FolderNotSet, match=r"keys\.folder is not set"):
        CliRunner().invoke(app, ["keys", "list"], catch_exceptions=False)


def test_people_keep_their_keys_when_the_tenants_key_is_rotated(tmp_path: Path) -> None:
    run(tmp_path, "new", "--tenant", "acme")
    kept = asyncio.run(vault(tmp_path).keep("photo", "acme", PersonId.employee("e1"), b"face"))
    run(tmp_path, "rotate", "--tenant", "acme")
    assert run(tmp_path, "rewrap", "--tenant", "acme") == "2 keys wrapped with acme.2 now, 0 were already\n"
    assert json.loads(run(tmp_path, "rewrap", "--tenant", "acme", "--json")) == {
        "key": "acme.2", "rewrapped": 0, "current": 2, "lost": 0,
    }  # fmt: skip
    (tmp_path / "acme.1.key").unlink()
    assert asyncio.run(vault(tmp_path).read(kept.name)) == b"face"
    (tmp_path / "objects" / "keys" / "acme" / "junk").write_text("junk")
    assert "1 objects under keys/acme are no keys" in run(tmp_path, "rewrap", "--tenant", "acme", exit_code=1)
