"""Missing programs are named all at once, with the command that installs them."""

import re
from pathlib import Path

import pytest

from deploy.local import tools
from deploy.local.errors import ToolMissing


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("The operation couldn't be completed.", 0),
    ],
)
def test_java_version(banner: str, major: int) -> None:
    assert tools.java_version(banner) == major


def test_all_missing_programs_are_named_with_one_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as raised:
        tools.require("java", "mvn", "npm")
    assert str(raised.value) == (
        "missing on this machine: java 17+, mvn, npm; "
        "install with: sudo apt-get install -y default-jre-headless maven npm"
    )


def test_an_old_java_counts_as_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="java 17"):
        tools.require("java")


def test_bootstrap_names_the_same_packages() -> None:
    script = (Path(tools.__file__).parent / "bootstrap.sh").read_text()
    for program, package in tools.PACKAGES.items():
        assert re.search(rf"\b{program}\b.*\b{package}\b", script), (program, package)
    assert f"-ge {tools.JAVA_AT_LEAST}" in script
