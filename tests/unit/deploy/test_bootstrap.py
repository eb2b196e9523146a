"""What the script before everything else says and does where something is missing. Its tools are stand-ins."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import fetch

REPOSITORY = Path(__file__).parents[3]
PYTHON = """#!/bin/bash
case "$1 $2" in
    "-V "*) echo "Python 3.11.9" ;;
    "-c import sys; sys.exit"*) exit {too_old} ;;
    "-c import venv"*) exit {no_venv} ;;
    "- "*) echo "stamp" ;;
esac
"""
JAVA = "#!/bin/bash\necho 'openjdk version \"17.0.15\" 2025-04-15' >&2\n"


@dataclass(frozen=True)
class Machine:
    """A clone with a current .venv, on a machine that has a Python and the given programs."""

    clone: Path
    programs: Path

    def has(self, name: str, script: str = "#!/bin/bash\n") -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)

    def has_python(self, *, too_old: bool = False, no_venv: bool = False) -> None:
        self.has("python3", PYTHON.format(too_old=int(too_old), no_venv=int(no_venv)))

    def has_apt_get(self, brings: str) -> None:
        """An apt-get that notes its arguments and, on install, brings programs."""
        java = JAVA.replace("\n", "\\n").replace('"', '\\"').replace("'", "'\\''")
        self.has(
            "apt-get",
            f'#!/bin/bash\necho "$*" >> apt-get.ran\n[ "$1" = install ] || exit 0\n'
            f"for name in {brings}; do printf '{java}' > {self.programs}/$name; chmod +x {self.programs}/$name; done\n",
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.clone / "deploy" / "local" / "bootstrap.sh", *arguments],
            env={"PATH": str(self.programs)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    clone, programs = tmp_path / "clone", tmp_path / "bin"
    (clone / "deploy" / "local").mkdir(parents=True)
    for name in ("bootstrap.sh", "fetch.py"):
        shutil.copy(REPOSITORY / "deploy" / "local" / name, clone / "deploy" / "local" / name)
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "punchstream").touch(0o755)
    (clone / ".venv" / "built-for").write_text("stamp\n")
    programs.mkdir()
    for name in ("bash", "env", "sed", "cat", "head", "dirname", "chmod"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    machine = Machine(clone, programs)
    machine.has("id", "#!/bin/bash\necho 1000\n")
    machine.has_python()
    return machine


def test_all_missing_programs_are_named_at_once_with_the_command(machine: Machine) -> None:
    machine.has_python(no_venv=True)
    done = machine.run("servers")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "missing on this machine: Python's venv, java 17+, mvn, npm",
        "install with: sudo apt-get install -y --no-install-recommends python3-venv default-jre-headless maven npm",
    ]


def test_root_on_debian_has_them_installed_and_is_told(machine: Machine) -> None:
    machine.has("id", "#!/bin/bash\necho 0\n")
    machine.has_apt_get(brings="java mvn npm")
    done = machine.run("servers")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        "missing on this machine: java 17+, mvn, npm; installing with apt-get: default-jre-headless maven npm"
    )
    ran = (machine.clone / "apt-get.ran").read_text().splitlines()
    assert ran[1].endswith("--no-install-recommends default-jre-headless maven npm")


def test_what_apt_get_did_not_bring_is_named(machine: Machine) -> None:
    machine.has("id", "#!/bin/bash\necho 0\n")
    machine.has_apt_get(brings="java mvn")
    done = machine.run("servers")
    assert done.returncode == 1
    assert done.stderr == "still missing after apt-get: npm; install newer ones and run this again\n"


def test_an_old_java_counts_as_missing(machine: Machine) -> None:
    machine.has("java", JAVA.replace("17.0.15", "1.8.0_392"))
    machine.has("mvn")
    machine.has("npm")
    assert "missing on this machine: java 17+\n" in machine.run("servers").stderr


def test_what_will_be_fetched_is_said_with_sizes_once(machine: Machine) -> None:
    for name, script in (("java", JAVA), ("mvn", JAVA), ("npm", JAVA)):
        machine.has(name, script)
    assert machine.run("servers").stdout.splitlines() == [
        "This will be fetched, once:",
        "  Kafka 4.3.0 from Maven Central into .cache: 43 MB",
        "  ClickHouse 26.7.3-stable.1 from npm into .cache: 178 MB, 543 MB unpacked",
    ]
    assert machine.run().stdout == ""


def test_with_both_in_the_cache_java_is_enough(machine: Machine) -> None:
    machine.has("java", JAVA)
    for folder in (fetch.kafka_folder, fetch.clickhouse_folder):
        folder(machine.clone / ".cache").mkdir(parents=True)
    done = machine.run("servers")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_old_python_is_refused_by_name(machine: Machine) -> None:
    machine.has_python(too_old=True)
    done = machine.run()
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, python3 is Python 3.11.9" in done.stderr
