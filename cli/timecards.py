"""`punchstream timecards`: what the cards say and why; case files run through the engine of production."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError
from cli.options import JsonFlag, print_json
from cli.timecards_explain import explain
from cli.timecards_show import show
from cli.timecards_simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processors.timecards.cases.file import CaseFile, CaseResult

app = typer.Typer(help="Timecards: what they say, and how they are derived.", no_args_is_help=True)

_MAX_FILE_BYTES = 64 * 1024 * 1024


class CaseFileWrong(CliError):
    """A case file that cannot be read; the message says why."""


app.command()(show)
app.command()(explain)
app.command()(simulate)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Case file: JSON with default_policy and cases.")],
    orders: Annotated[int, typer.Option(min=0, help="Other orders in which punch-only cases are run as well.")] = 5,
    seed: Annotated[int, typer.Option(help="Of those orders.")] = 1,
    json: JsonFlag = False,
) -> None:
    """Run the cases of a file and compare what comes out with what they expect.

    Exit code 1 when a case differs.
    """
    from processors.timecards.cases.file import CaseWrong, read_case_file

    try:
        cases = read_case_file(_read(file))
    except CaseWrong as error:
        raise CaseFileWrong(f"{file}: {error}") from error
    results = [result for case in cases.cases for result in _results(cases, case, orders, seed)]
    failed = {result.id for result in results if result.differences}
    if json:
        print_json({"cases": len(cases.cases), "runs": len(results), "differ": sorted(failed), "results": results})
    else:
        _tell(results)
        print(f"{len(cases.cases)} cases in {len(results)} runs, {len(failed)} differ")
    if failed:
        raise typer.Exit(1)


def _results(file: CaseFile, case: Mapping[str, Any], orders: int, seed: int) -> list[CaseResult]:
    """The case as given, then in other orders where they must not matter."""
    from random import Random

    from processors.timecards.cases.file import CaseResult, CaseWrong, Difference
    from processors.timecards.cases.run import is_punch_only, run_case
    from schemas.policies import PolicyError

    try:
        results = [run_case(file, case)]
        if is_punch_only(case):
            results += [run_case(file, case, Random(f"{seed} {case['id']} {order}")) for order in range(orders)]
    except (CaseWrong, PolicyError) as error:
        refused = Difference("reading", "", "case", "a case that can be run", str(error))
        return [CaseResult(str(case["id"]), str(case["kind"]), str(case.get("title", "")), {}, {}, (refused,))]
    return results


def _tell(results: list[CaseResult]) -> None:
    """Expected and found side by side; of a case that fails in several orders only the first."""
    told: set[str] = set()
    for result in results:
        if result.id in told:
            continue
        verdict = "differs" if result.differences else "ok"
        if result.differences or result is next(one for one in results if one.id == result.id):
            print(f"{verdict:8}{result.id}  {result.title}")
        if result.differences:
            told.add(result.id)
            _side_by_side(result)


def _side_by_side(result: CaseResult) -> None:
    rows = [("where", "date", "key", "expected", "found")]
    rows += [(one.where, one.date, one.key, str(one.expected), str(one.found)) for one in result.differences]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("        " + "  ".join([*cells, row[4]]).rstrip())


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise CaseFileWrong(f"{file}: larger than {_MAX_FILE_BYTES} bytes")
        return file.read_bytes()
    except OSError as error:
        raise CaseFileWrong(f"{file}: {error.strerror}") from error
