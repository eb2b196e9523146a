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


@app.command(name="destroy-person")
def destroy_person(
    context: typer.Context,
    tenant: TenantOption,
    employee: Annotated[str, typer.Option(help="The employee's id.")] = "",
    device: Annotated[str, typer.Option(help="With --pin, for somebody who is no known employee: a serial.")] = "",
    pin: Annotated[str, typer.Option(help="The PIN on that device.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy one person's key: photos and templates kept of that person can never be read again, by nobody."""
    import asyncio

    from runtime.keyring import open_key_ring
    from runtime.objects import open_store
    from runtime.person_keys import PersonId
    from runtime.vault import Vault

    if bool(employee) == bool(device) or bool(device) != bool(pin):
        raise typer.BadParameter("say whose: --employee ID, or --device SERIAL with --pin PIN")
    person = PersonId.employee(employee) if employee else PersonId.on_device(device, pin)
    settings = settings_of(context)
    ring = open_key_ring(settings.keys)
    if not yes:
        typer.confirm("What is kept of this person becomes unreadable for good. Go on?", abort=True)

    async def run() -> bool:
        return await Vault(await open_store(settings.store), ring).destroy_person(tenant, person)

    if not asyncio.run(run()):
        print("this person has no key: nothing was kept, or it was destroyed before")
        raise typer.Exit(1)
    print("destroyed; running parts forget it within 5 minutes")


def _folder(context: typer.Context) -> Path:
    from cli.errors import FolderNotSet

    folder = settings_of(context).keys.folder
    if folder is None:
        raise FolderNotSet(
            "keys.folder is not set: name the folder of keys in the settings file or with --set keys.folder="
        )
    return folder
