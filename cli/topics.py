"""`punchstream topics`: the topics as the catalogue says."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import typer

from cli.options import JsonFlag, print_json, settings_of

app = typer.Typer(help="The Kafka topics, as the catalogue says they are.", no_args_is_help=True)

_SIGNS = {"create": "+", "update": "~", "refuse": "!", "same": " "}


@app.command("plan")
def plan_topics(context: typer.Context, json: JsonFlag = False) -> None:
    """Show what `apply` would do. Changes nothing."""
    from runtime import topics

    changes = asyncio.run(topics.plan(settings_of(context).kafka))
    if json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        print(f"{_SIGNS[change.action]} {change.topic}: {change.details or 'as it should be'}")


@app.command("apply")
def apply_topics(context: typer.Context, json: JsonFlag = False) -> None:
    """Create what is missing and alter what differs; refuse what cannot be changed in place."""
    from runtime import topics

    changes = asyncio.run(topics.apply(settings_of(context).kafka))
    if json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        if change.action != "same":
            print(f"{'created' if change.action == 'create' else 'changed'} {change.topic}: {change.details}")
    print(f"{len(changes)} topics are as the catalogue says")


@app.command("check")
def check_topics(context: typer.Context) -> None:
    """Exit code 1 and the differences when anything is not as the catalogue says."""
    from runtime import topics

    asyncio.run(topics.check(settings_of(context).kafka))
    print("all topics are as the catalogue says")
