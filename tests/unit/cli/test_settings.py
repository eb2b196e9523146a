"""`punchstream settings show`: a settings file, without its secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from cli.settings import toml_lines
from runtime.settings import load_settings

ROOT = Path(__file__).parents[3]
SECRET = "hunter2-hunter2"


def test_what_is_printed_is_a_settings_file_that_means_the_same(tmp_path: Path) -> None:
    settings = load_settings(None, ("kafka.topic_prefix=t.", "clickhouse.timeout_seconds=7.5", "sink.max_rows=11"))
    file = tmp_path / "settings.toml"
    file.write_text("\n".join(toml_lines(settings.model_dump(mode="json"))), encoding="utf-8")
    assert load_settings(file).model_dump() == settings.model_dump()


def test_names_are_dotted_and_what_is_not_set_is_a_comment() -> None:
    lines = list(toml_lines({"a": {"b": 'say "ü"', "c": None, "d": True}, "e": 1.5, "f": "********", "g": ""}))
    assert lines == [
        'a.b = "say \\"ü\\""', "# a.c is not set", "a.d = true", "e = 1.5", "# f is set, and not shown", 'g = ""',
    ]  # fmt: skip
    assert tomllib.loads("\n".join(lines)) == {"a": {"b": 'say "ü"', "d": True}, "e": 1.5, "g": ""}


def test_secrets_are_never_printed(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")},
        "PUNCHSTREAM_KAFKA__SASL_PASSWORD": SECRET,
        "PUNCHSTREAM_CLICKHOUSE__PASSWORD": SECRET,
    }
    for arguments in (("show",), ("show", "--json")):
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "settings", *arguments],
            capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment,
        )  # fmt: skip
        assert done.returncode == 0
        assert SECRET not in done.stdout + done.stderr
        if "--json" in arguments:
            assert set(json.loads(done.stdout)["kafka"]["sasl_password"]) == {"*"}
        else:
            assert "# kafka.sasl_password is set, and not shown" in done.stdout
