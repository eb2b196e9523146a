"""Whether the tests that a row of a coverage page names exist, and always run."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from cli.protocol_coverage.row import Row, Status
from tests.contract.test_zk_examples import NUMBERS

_ROOT: Final = Path(__file__).parents[2]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def faults(rows: Iterable[Row]) -> list[str]:
    found = []
    for row in rows:
        place = f"{row.chapter} {row.name}"
        found += [] if row.tests else [f"{place}: no test"]
        found += [f"{place}: {test}: {fault}" for test in row.tests if (fault := fault_of(test))]
        if row.status in (Status.NOT_COVERED, Status.NOT_ON_THE_WIRE) and not row.note:
            found.append(f"{place}: the note must say why")
    return found


def fault_of(test: str) -> str:
    """Why a named test does not stand behind its row; empty when it does."""
    path, _, rest = test.partition("::")
    name, _, number = rest.rstrip("]").partition("[")
    if not (_ROOT / path).is_file():
        return "there is no such file"
    function = functions_of(_ROOT / path).get(name)
    if function is None:
        return "there is no such test"
    if number and number not in NUMBERS:
        return "there is no such example"
    marks = {node.attr for decorator in function.decorator_list for node in ast.walk(decorator)
             if isinstance(node, ast.Attribute)}  # fmt: skip
    calls = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    if marks & {"skip", "skipif", "xfail", "soak", "soak_connectors"} or calls & {"pytest.skip", "pytest.xfail"}:
        return "it does not always run"
    return ""


@lru_cache
def functions_of(path: Path) -> dict[str, _Function]:
    """By name; those of a class as `TestX::test_y`, as pytest calls them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not any(isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node) for node in tree.body), path
    found = {node.name: node for node in tree.body if isinstance(node, _Function)}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        marked = [*group.decorator_list]
        for node in (node for node in group.body if isinstance(node, _Function)):
            node.decorator_list += marked  # what holds for a class holds for its tests
            found[f"{group.name}::{node.name}"] = node
    return found
