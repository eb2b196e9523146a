"""Security settings become the client's, and secrets come from their files."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from runtime.errors import SettingsError
from runtime.kafka import client_options
from runtime.sections import KafkaSettings


def test_plaintext_needs_nothing_more() -> None:
    assert client_options(KafkaSettings(bootstrap="a:1,b:2")) == {
        "bootstrap_servers": "a:1,b:2",
        "security_protocol": "PLAINTEXT",
    }


def test_sasl_over_tls_has_a_verifying_context_and_the_password_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    options = client_options(
        KafkaSettings(security_protocol="SASL_SSL", sasl_username="punchstream", sasl_password_file=file)
    )
    context = options["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-512", "punchstream")
    assert options["sasl_plain_password"] == "hunter2"


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = KafkaSettings(
        security_protocol="SASL_PLAINTEXT", sasl_username="u", sasl_password_file=tmp_path / "nowhere"
    )
    with pytest.raises(SettingsError, match=r"kafka\.sasl_password_file"):
        client_options(settings)
