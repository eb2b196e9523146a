"""`punchstream tokens`: who may use the control API. docs/control-api.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from ingest.control.tokens import Grant

app = typer.Typer(help="Tokens of the control API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="It stands in the audit log.")]


@app.command()
def new(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help="read, operate or admin.")],
    tenant: Annotated[str, typer.Option(help="Whose devices; * for all.")],
    site: Annotated[list[str] | None, typer.Option("--site", help="Only these sites. Default: all.")] = None,
) -> None:
    """Make a token and print it, this once. Running edges know it within a second."""
    from pydantic import ValidationError

    from cli.errors import WordWrong
    from ingest.control.caller import ALL
    from ingest.control.tokens import NAME, Grant, digest_of, new_secret, write_tokens

    path, grants = _read(context)
    if not NAME.fullmatch(name):
        raise WordWrong(f"{name[:80]!r} is not made of 1 to 64 letters, digits, '.', '_', '-'")
    if name in grants:
        raise WordWrong(f"there is a token {name} already: revoke it first, or choose another name")
    secret = new_secret()
    fields = {"sha256": digest_of(secret), "role": role, "tenant": tenant, "sites": tuple(site or (ALL,))}
    try:
        grants[name] = Grant.model_validate(fields)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise WordWrong(f"{problem['loc'][0]}: {problem['msg']}") from None
    write_tokens(path, grants)
    print(secret)


@app.command("list")
def list_tokens(context: typer.Context, json: JsonFlag = False) -> None:
    """The tokens that there are; themselves they are kept nowhere."""
    _, grants = _read(context)
    if json:
        print_json({name: grant.model_dump(exclude={"sha256"}) for name, grant in grants.items()})
        return
    for name, grant in sorted(grants.items()):
        print(f"{name}: {grant.role}, tenant {grant.tenant}, sites {', '.join(grant.sites)}")
    if not grants:
        print("there are no tokens")


@app.command()
def revoke(context: typer.Context, name: Name) -> None:
    """Take a token away. Running edges refuse it within a second."""
    from cli.errors import NotFound
    from ingest.control.tokens import write_tokens

    path, grants = _read(context)
    if grants.pop(name, None) is None:
        raise NotFound(f"there is no token {name}")
    write_tokens(path, grants)
    print(f"revoked {name}")


def _read(context: typer.Context) -> tuple[Path, dict[str, Grant]]:
    """Raises FolderNotSet, SettingsError. A file that is not there yet has no tokens."""
    from cli.errors import FolderNotSet
    from ingest.control.tokens import read_tokens

    path = settings_of(context).control.tokens_file
    if path is None:
        raise FolderNotSet("control.tokens_file is not set: name the file of tokens in the settings file")
    return path, read_tokens(path) if path.exists() else {}
