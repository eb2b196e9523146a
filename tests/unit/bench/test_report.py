"""The page: each section replaces its own part and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import BENCHMARKS
from bench.report import PageWrong, Section, Table, Target, markdown, replace_section

PAGE = """# Title

<!-- bench:edge:begin -->
old
<!-- bench:edge:end -->
by hand
<!-- bench:sink:begin -->
<!-- bench:sink:end -->
"""


def test_a_section_replaces_what_stands_between_its_markers() -> None:
    once = replace_section(PAGE, "edge", "new")
    assert once == PAGE.replace("\nold\n", "\n\nnew\n\n")
    assert replace_section(once, "edge", "new") == once
    assert "by hand" in replace_section(once, "sink", "rows")


@pytest.mark.parametrize("page", ["", "<!-- bench:edge:begin -->", "<!-- bench:edge:end --> <!-- bench:edge:begin -->"])
def test_a_page_without_markers_is_refused(page: str) -> None:
    with pytest.raises(PageWrong, match="bench:edge:begin"):
        replace_section(page, "edge", "new")


def test_a_missed_target_is_said_to_be_missed() -> None:
    targets = [Target("requests/s", ">= 5", "4", reached=False), Target("errors", "0", "0", reached=True)]
    text = markdown(Section("edge", "How.", [Table(("a", "b"), [("1", "2")])], targets), "today, here")
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |" in text
    assert "| requests/s | >= 5 | 4 | **missed** |" in text
    assert "| errors | 0 | 0 | reached |" in text
    assert text.endswith("*Measured: today, here.*")


def test_the_page_has_a_place_for_every_benchmark() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "performance.md").read_text()
    for name in BENCHMARKS:
        replace_section(page, name, "")
