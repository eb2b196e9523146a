"""Which programs the local stack needs on the machine, and how to get the missing ones."""

import re
import shutil
import subprocess

from deploy.local.errors import ToolMissing

JAVA_AT_LEAST = 17
# Program and the Debian package that brings it; deploy/local/bootstrap.sh has the same, for before there is a venv.
PACKAGES = {"java": "default-jre-headless", "mvn": "maven", "npm": "npm"}


def require(*programs: str) -> None:
    """Raise ToolMissing, naming all that is missing at once with the command that installs it."""
    missing = [name for name in programs if not _present(name)]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        wanted = ", ".join(f"java {JAVA_AT_LEAST}+" if name == "java" else name for name in missing)
        raise ToolMissing(f"missing on this machine: {wanted}; install with: sudo apt-get install -y {packages}")


def java_version(banner: str) -> int:
    """Major version in the first line of `java -version` ("1.8.0_392" is 8); 0 where there is none."""
    found = re.search(r'version "(?:1\.)?(\d+)', banner)
    return int(found[1]) if found else 0


def _present(name: str) -> bool:
    path = shutil.which(name)
    if path is None or name != "java":
        return path is not None
    try:
        asked = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - found on PATH
    except (OSError, subprocess.TimeoutExpired):
        return False
    return java_version(asked.stderr + asked.stdout) >= JAVA_AT_LEAST
