"""The worked examples of docs/timecards.md come out as the page says, and the page names each of them."""

import re
from pathlib import Path
from typing import Any

import pytest

from processors.timecards.cases.file import read_case_file
from processors.timecards.cases.run import run_case
from processors.timecards.engine.exceptions import SEVERITIES

DOCS = Path(__file__).parents[2] / "docs"
CASES = read_case_file((DOCS / "examples" / "timecards.json").read_bytes())
PAGE = (DOCS / "timecards.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES.cases, ids=lambda case: str(case["id"]))
def test_an_example_comes_out_as_told(case: Any) -> None:
    assert run_case(CASES, case).differences == ()


def test_the_page_names_each_example_and_no_other() -> None:
    named = set(re.findall(r"\[([a-z0-9-]+)\](?!\()", PAGE))
    assert named == {case["id"] for case in CASES.cases}


def test_the_page_names_each_exception() -> None:
    table = PAGE[PAGE.index("## Exceptions") : PAGE.index("## Policies")]
    assert set(re.findall(r"[A-Z]{2,}(?:_[A-Z]+)+|\b[A-Z]{4,}\b", table)) >= set(SEVERITIES)
