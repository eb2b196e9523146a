"""Digests of communication keys: which tenant's key they are made with, what matches, what does not stop the rest."""

from __future__ import annotations

from typing import cast

import pytest

from runtime.communication_keys import digest, matches
from runtime.errors import KeyMissing
from runtime.keyring import KeyRing
from runtime.sealing import Sealer

OLD, NEW = Sealer(b"1" * 32, "acme.1"), Sealer(b"2" * 32, "acme.2")


class Ring:
    def opener(self, key_id: str) -> Sealer:
        for sealer in (OLD, NEW):
            if sealer.key_id == key_id:
                return sealer
        raise KeyMissing(f"key {key_id!r} is not there")


KEYS = cast(KeyRing, Ring())


def test_a_digest_names_its_key_and_hides_the_communication_key() -> None:
    made = digest(OLD, "88888888")
    assert made.startswith("acme.1:")
    assert len(made) == len("acme.1:") + 64
    assert made == digest(OLD, "88888888")
    assert made.partition(":")[2] != digest(NEW, "88888888").partition(":")[2]
    assert digest(OLD, "88888889") != made


def test_any_of_the_digests_may_match_whichever_tenant_key_made_it() -> None:
    digests = (digest(OLD, "111111"), digest(NEW, "222222"))
    assert matches(KEYS, "111111", digests)
    assert matches(KEYS, "222222", digests)
    assert not matches(KEYS, "333333", digests)
    assert not matches(KEYS, "", digests)
    assert not matches(KEYS, "111111", ())


def test_text_that_is_no_utf8_is_compared_as_it_came() -> None:
    assert matches(KEYS, "k\udcff", [digest(OLD, "k\udcff")])


def test_a_digest_that_cannot_be_compared_is_told_and_the_others_count(caplog: pytest.LogCaptureFixture) -> None:
    digests = ("gone.1:" + "0" * 64, "nonsense", digest(OLD, "111111"))
    assert matches(KEYS, "111111", digests)
    assert "gone.1" in caplog.text
    assert "111111" not in caplog.text
