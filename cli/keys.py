"""`punchstream keys`: the tenants' keys, which seal what holds secrets or biometrics. docs/keys.md."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

app = typer.Typer(help="Keys for what is sealed, one or more of each tenant.", no_args_is_help=True)

TenantOption = Annotated[str, typer.Option("--tenant", help="Whose key: a tenant as the registry names it.")]


@app.command()
def new(context: typer.Context, tenant: TenantOption) -> None:
    """Make a tenant's first key. Keep a copy: what it seals cannot be read without it."""
    from runtime.key_files import new_key

    folder = _folder(context)
    key_id = new_key(folder, tenant)
    print(f"made {folder / f'{key_id}.key'}, key id {key_id}")


@app.command()
def rotate(context: typer.Context, tenant: TenantOption) -> None:
    """Make a tenant's next key. Running parts that see its file seal with it within seconds; older keys still open."""
    from runtime.key_files import rotate_key

    folder = _folder(context)
    key_id = rotate_key(folder, tenant)
    print(f"made {folder / f'{key_id}.key'}, key id {key_id}: it seals from now on. Next: docs/keys.md")


@app.command(name="list")
def list_keys(context: typer.Context, json: JsonFlag = False) -> None:
    """The keys that are there, and which of them seal."""
    from runtime.keyring import KeyRing

    ring = KeyRing.load(_folder(context))
    rows = [(key_id, ring.sealer(key_id.tenant).key_id == str(key_id)) for key_id in ring.ids()]
    if json:
        print_json([{"id": str(key_id), "tenant": key_id.tenant, "n": key_id.number, "seals": s} for key_id, s in rows])
        return
    for key_id, seals in rows:
        print(f"{key_id}  {'seals and opens' if seals else 'opens'}")
    if not rows:
        print("there are no keys")


@app.command()
def rewrap(context: typer.Context, tenant: TenantOption, json: JsonFlag = False) -> None:
    """Wrap the keys of all of a tenant's people with its newest key, so that older ones are not needed for them.

    May be stopped and run again at any time; parts go on meanwhile.
    """
    import asyncio
    from dataclasses import asdict

    from runtime.keyring import open_key_ring
    from runtime.objects import open_store
    from runtime.person_keys import PersonKeys, Rewrapped

    settings = settings_of(context)
    ring = open_key_ring(settings.keys)
    newest = ring.sealer(tenant).key_id

    async def run() -> Rewrapped:
        return await PersonKeys(await open_store(settings.store), ring).rewrap(tenant)

    done = asyncio.run(run())
    if json:
        print_json({"key": newest, **asdict(done)})
    else:
        print(f"{done.rewrapped} keys wrapped with {newest} now, {done.current} were already")
        if done.lost:
            print(f"{done.lost} objects under keys/{tenant} are no keys that open: damaged, and left as they are")
    if done.lost:
        raise typer.Exit(1)


def _folder(context: typer.Context) -> Path:
    from cli.errors import FolderNotSet

    folder = settings_of(context).keys.folder
    if folder is None:
        raise FolderNotSet(
            "keys.folder is not set: name the folder of keys in the settings file or with --set keys.folder="
        )
    return folder
