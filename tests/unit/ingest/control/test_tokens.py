"""Tokens: only digests are kept, every one is compared, a changed file counts, a broken one lets nobody in."""

from __future__ import annotations

import hmac
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.control import tokens
from ingest.control.tokens import Grant, TokenFile, digest_of, new_secret, parse_tokens, read_tokens, write_tokens
from runtime.errors import SettingsError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def grant(secret: str, role: str = "read", sites: tuple[str, ...] = ("*",)) -> Grant:
    return Grant.model_validate({"sha256": digest_of(secret), "role": role, "tenant": "acme", "sites": sites})


def test_secrets_are_random_and_only_their_digest_is_kept(tmp_path: Path) -> None:
    secret, path = new_secret(), tmp_path / "tokens.toml"
    assert secret != new_secret()
    assert len(secret) > 40
    write_tokens(path, {"a": grant(secret)})
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


names = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)


roles = st.sampled_from(("read", "operate", "admin"))


@given(wanted=st.dictionaries(names, st.tuples(roles, st.lists(names, min_size=1))))
def test_what_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, tuple[str, list[str]]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "there-and-back.toml"
    grants = {name: grant(name, role, tuple(sites)) for name, (role, sites) in wanted.items()}
    write_tokens(path, grants)
    assert read_tokens(path) == grants


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokens = 1", "only tables"),
        ("[other]", "only tables"),
        ("x", "not TOML"),
        ('[tokens."a b"]', "token name 'a b'"),
        ('[tokens.a]\nrole = "boss"', "token a: sha256"),
        (f'[tokens.a]\nsha256 = "{"0" * 64}"\nrole = "boss"\ntenant = "t"\nsites = ["*"]', "token a: role"),
        (f'[tokens.a]\nsha256 = "{"0" * 64}"\nrole = "read"\ntenant = "t"\nsites = []', "token a: sites"),
        (f'[tokens.a]\nsha256 = "{"0" * 64}"\nrole = "read"\ntenant = "t"\nsites = ["*"]\nx = 1', "token a: x"),
    ],
)
def test_a_bad_file_is_named_and_never_quoted(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        parse_tokens(text)
    assert "0" * 64 not in str(raised.value)


def test_every_digest_is_compared_whichever_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tokens.toml"
    write_tokens(path, {name: grant(name) for name in ("a", "b", "c")})
    file = TokenFile(path)
    file.load()
    compared: list[bool] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(True)
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(tokens, "hmac", type("Hmac", (), {"compare_digest": staticmethod(compare)}))
    for secret, name in (("a", "a"), ("c", "c"), ("wrong", None)):
        compared.clear()
        found = file.find(secret)
        assert (found.name if found else None) == name
        assert len(compared) == 3


def test_a_changed_file_counts_and_a_broken_one_lets_nobody_in(tmp_path: Path) -> None:
    path, clock = tmp_path / "tokens.toml", Clock()
    write_tokens(path, {"a": grant("one", "admin", ("berlin",))})
    file = TokenFile(path, clock=clock)
    file.load()
    found = file.find("one")
    assert found
    assert (found.sites, found.grant.role) == (frozenset({"berlin"}), "admin")
    write_tokens(path, {"b": grant("two")})
    clock.now += 2
    assert file.find("one") is None
    two = file.find("two")
    assert two
    assert two.sites is None
    path.write_text("broken")
    clock.now += 2
    assert file.find("two") is None
    assert "not TOML" in file.trouble
    path.unlink()
    clock.now += 2
    assert file.find("two") is None
    write_tokens(path, {"b": grant("two")})
    clock.now += 2
    assert file.find("two")
    assert file.trouble == ""
    with pytest.raises(SettingsError, match="cannot read"):
        TokenFile(tmp_path / "nowhere").load()
