"""Objects as files: the checks of every store, and that no crash leaves a part of an object behind."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runtime import objects_local
from runtime.errors import NameRefused, ObjectMissing, SettingsError, StoreRefused, StoreUnavailable
from runtime.objects import ObjectStore, open_store
from runtime.objects_local import LocalObjects
from runtime.sections import StoreSettings
from tests.unit.runtime.object_stores import CHECKS, MemoryObjects, names_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", ["local", "memory"])
async def test_it_is_an_object_store(
    check: Callable[[ObjectStore], Awaitable[None]], kind: str, tmp_path: Path
) -> None:
    await check(LocalObjects(tmp_path / "store") if kind == "local" else MemoryObjects())


# What a process does on its way: it is killed at the first, second... call of this function of `os`.
@pytest.mark.parametrize(
    ("function", "call", "drafts_left", "whole"),
    [
        ("fsync", 1, 0, False),  # the folder for the object is made
        ("write", 1, 1, False),  # the draft is empty
        ("fsync", 2, 1, False),  # the draft is written, perhaps not to the disk
        ("link", 1, 1, False),  # all is ready for the name
        ("unlink", 1, 1, True),  # it has its name
        ("fsync", 3, 0, True),  # the folder with the name in it goes to the disk
    ],
)
async def test_a_kill_in_the_middle_leaves_nothing_or_all(
    function: str, call: int, drafts_left: int, whole: bool, tmp_path: Path
) -> None:
    code = f"""
import asyncio, os, signal
from pathlib import Path
from runtime.objects_local import LocalObjects
store = LocalObjects(Path({str(tmp_path)!r}))
real, left = os.{function}, [{call}]
def dying(*arguments, **named):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)
os.{function} = dying
asyncio.run(store.put_if_absent("photo/x", b"12345678" * 100_000))
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    drafts = tmp_path / ".drafts"
    assert len(list(drafts.iterdir())) == drafts_left
    store = LocalObjects(tmp_path)
    assert await names_of(store) == (["photo/x"] if whole else [])
    if whole:
        assert await store.get("photo/x") == b"12345678" * 100_000
    else:
        with pytest.raises(ObjectMissing):
            await store.get("photo/x")
        assert await store.put_if_absent("photo/x", b"again")
    for draft in drafts.iterdir():
        os.utime(draft, (time.time() - 7200,) * 2)
    LocalObjects(tmp_path)
    assert not list(drafts.iterdir()), "a draft that is hours old is nobody's any more"


async def test_long_lists_are_read_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_local, "_PAGE", 3)
    store = LocalObjects(tmp_path)
    made = [f"a/{number}" for number in range(8)]
    for name in made:
        await store.put_if_absent(name, b"")
    assert await names_of(store, "a") == made


async def test_objects_are_their_owners_alone(tmp_path: Path) -> None:
    await LocalObjects(tmp_path / "store").put_if_absent("a/b", b"")
    modes = [path.stat().st_mode & 0o077 for path in (tmp_path / "store").rglob("*")]
    assert modes == [0] * 3


async def test_a_link_out_of_the_store_is_not_taken_for_a_name(tmp_path: Path) -> None:
    with pytest.raises(NameRefused):
        await LocalObjects(tmp_path / "store").get("../secret")


async def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path)
    await store.put_if_absent("a", b"")
    assert not await store.exists("a/b")
    with pytest.raises(ObjectMissing):
        await store.get("a/b")
    with pytest.raises(StoreRefused, match=f"object store {tmp_path}"):
        await store.put_if_absent("a/b", b"")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused):
        LocalObjects(tmp_path / "file")


async def test_a_disk_that_hangs_holds_no_more_than_a_few_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_local, "_CALLS_AT_ONCE", 2)
    store = LocalObjects(tmp_path, deadline_seconds=0.2)
    hanging, tried, real = threading.Event(), [], os.fsync

    def hang(descriptor: int) -> None:
        tried.append(descriptor)
        hanging.wait(60)
        real(descriptor)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", hang)
            asked = [store.put_if_absent(f"a{number}", b"x") for number in range(6)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
            assert len(tried) == 2, "the others never began, and hold nothing"
            with pytest.raises(StoreUnavailable):
                await store.get("a0")
    finally:
        hanging.set()
    later = LocalObjects(tmp_path)
    later._calls = store._calls
    assert all(await asyncio.gather(later.put_if_absent("b", b"x"), later.put_if_absent("c", b"x")))


async def test_a_full_disk_is_said_and_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalObjects(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            await store.put_if_absent("a", b"x")
    assert not list((tmp_path / ".drafts").iterdir())
    assert await store.put_if_absent("a", b"x")


async def test_who_holds_the_lock_is_not_waited_for_beyond_the_deadline(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path, deadline_seconds=0.2)
    await store.put_if_absent("a", b"old")
    with (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailable, match="holds the lock"):
            await store.replace("a", b"old", b"new")
    assert await store.get("a") == b"old"
    assert await store.replace("a", b"old", b"newer")


async def test_which_store_is_opened(tmp_path: Path) -> None:
    assert isinstance(await open_store(StoreSettings(folder=tmp_path / "new")), LocalObjects)
    with pytest.raises(SettingsError, match=r"store\.folder is not set"):
        await open_store(StoreSettings())


def test_the_s3_client_is_imported_only_for_s3() -> None:
    code = (
        "import sys, asyncio\nfrom pathlib import Path\nfrom runtime.objects import open_store\n"
        "from runtime.settings import StoreSettings\nimport tempfile\n"
        "asyncio.run(open_store(StoreSettings(folder=Path(tempfile.mkdtemp()))))\nprint('obstore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False\n", "")
