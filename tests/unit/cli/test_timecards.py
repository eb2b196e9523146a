"""punchstream timecards check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.timecards import CaseFileWrong

VECTORS = Path(__file__).parents[2] / "vectors" / "timecard_cases.json"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["timecards", "check", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def changed(folder: Path, **worked: Any) -> Path:
    """The file with another number of worked minutes for some cases, and one that cannot be run."""
    data = orjson.loads(VECTORS.read_bytes())
    data["cases"] = [case for case in data["cases"] if case["id"] in ("TC-01", "TC-02", "TC-03", "TC-06")]
    for case in data["cases"]:
        if case["id"] in worked:
            case["expect"]["days"]["2025-06-09"]["worked"] = worked[case["id"]]
    data["cases"][2]["policy"] = {"span": "first_last"}
    file = folder / "cases.json"
    file.write_bytes(orjson.dumps(data))
    return file


def test_all_is_well() -> None:
    code, text = run(str(VECTORS), "--orders", "1")
    assert code == 0
    assert "ok      TC-84  manual OUT approved after the period is locked" in text
    assert text.splitlines()[-1].endswith("0 differ")


def test_differences_stand_side_by_side(tmp_path: Path) -> None:
    code, text = run(str(changed(tmp_path, **{"TC-01": 511})))
    assert code == 1
    lines = text.splitlines()
    assert lines[:3] == [
        "differs TC-01  one IN, one OUT",
        "        where             date        key     expected  found",
        "        after all events  2025-06-09  worked  511       510",
    ]
    assert any(line.startswith("ok      TC-02") for line in lines)
    assert "needs grouping=day" in text
    assert lines[-1] == "4 cases in 19 runs, 2 differ"


def test_for_machines(tmp_path: Path) -> None:
    code, text = run(str(changed(tmp_path, **{"TC-01": 511})), "--json", "--orders", "0")
    told = orjson.loads(text)
    assert (code, told["cases"], told["runs"], told["differ"]) == (1, 4, 4, ["TC-01", "TC-03"])
    first = told["results"][0]
    assert first["differences"][0] == {
        "where": "after all events", "date": "2025-06-09", "key": "worked", "expected": 511, "found": 510,
    }  # fmt: skip
    assert first["found"]["2025-06-09"]["worked"] == 510


def test_what_is_no_case_file(tmp_path: Path) -> None:
    with pytest.raises(CaseFileWrong, match="No such file"):
        run(str(tmp_path / "none.json"))
    (tmp_path / "odd.json").write_text("[]")
    with pytest.raises(CaseFileWrong, match="no case file"):
        run(str(tmp_path / "odd.json"))
    (tmp_path / "odd.json").write_text('{"cases": [{"id": "A"}]}')
    with pytest.raises(CaseFileWrong, match="case A: kind, zone, expect missing"):
        run(str(tmp_path / "odd.json"))
