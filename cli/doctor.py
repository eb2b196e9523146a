"""`punchstream doctor`: what stands between a device and its first punch on screen. docs/onboarding.md."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

_SIGNS = {"good": "ok  ", "bad": "BAD ", "warning": "look", "skipped": "-   "}


def doctor(
    context: typer.Context,
    serial: Annotated[str, typer.Argument(metavar="[SERIAL]", help="A device that is looked at, too.")] = "",
    url: Annotated[
        str, typer.Option(help="The edge as devices reach it. Default: http://127.0.0.1 with ingest.port.")
    ] = "",
    json: JsonFlag = False,
) -> None:
    """Look at everything that a device's first punch needs, and say what is wrong. Exit code 1 when anything is."""
    import asyncio

    from cli.doctor_checks import run_checks

    settings = settings_of(context)
    address = url or f"http://127.0.0.1:{settings.ingest.port}"
    findings = asyncio.run(run_checks(settings, address.rstrip("/"), serial.upper()))
    if json:
        print_json(
            [{"check": one.check, "verdict": one.verdict, "words": one.words, "advice": one.advice} for one in findings]
        )
    else:
        for one in findings:
            print(f"{_SIGNS[one.verdict]} {one.check}: {one.words}")
            if one.advice:
                print(f"       {one.advice}")
    if any(one.verdict == "bad" for one in findings):
        raise typer.Exit(1)
