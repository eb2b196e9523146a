"""The TLS listener (errata Z16): new and old firmware, a certificate that is renewed."""

from __future__ import annotations

import asyncio
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ingest.tls import follow_certificate, make_context
from runtime.errors import SettingsError
from runtime.sections import TlsSettings
from tests.unit.ingest.stand_ins import TestEdge, running_edge, until

POLL = b"GET /iclock/getrequest?SN=KNOWN1 HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n"


def write_certificate(folder: Path, name: str) -> TlsSettings:
    """A certificate of its own issuer for `name`, and its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
    )
    certificate_file, key_file = folder / "edge.crt", folder / "edge.key"
    certificate_file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    pem = serialization.PrivateFormat.TraditionalOpenSSL
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption()))
    return TlsSettings(port=0, certificate_file=certificate_file, key_file=key_file)


async def poll(edge: TestEdge, client: ssl.SSLContext) -> tuple[bytes, str, str]:
    """Answer, TLS version, name on the certificate."""
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.tls_port, ssl=client)
    try:
        transport = writer.get_extra_info("ssl_object")
        certificate = x509.load_der_x509_certificate(transport.getpeercert(binary_form=True))
        writer.write(POLL)
        answer = await asyncio.wait_for(reader.read(), 10)
        return answer, transport.version(), str(certificate.subject.rfc4514_string())
    finally:
        writer.close()


async def test_a_device_is_served_with_tls_and_without(tmp_path: Path) -> None:
    settings = write_certificate(tmp_path, "one")
    async with running_edge() as edge:
        await edge.server.listen_tls("127.0.0.1", 0, make_context(settings))
        answer, version, _ = await poll(edge, ssl.create_default_context())
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"OK")
        assert version == "TLSv1.3"
        assert (await edge.get("/iclock/getrequest?SN=KNOWN1")).endswith(b"OK")


@pytest.mark.parametrize("legacy", [True, False])
async def test_old_firmware_only_where_the_setting_says_so(tmp_path: Path, legacy: bool) -> None:
    settings = write_certificate(tmp_path, "one").model_copy(update={"legacy": legacy})
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("AES128-SHA:@SECLEVEL=0")
    async with running_edge() as edge:
        await edge.server.listen_tls("127.0.0.1", 0, make_context(settings))
        if legacy:
            answer, version, _ = await poll(edge, old)
            assert (answer[-2:], version) == (b"OK", "TLSv1")
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await poll(edge, old)


async def test_a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = write_certificate(tmp_path, "one")
    context = make_context(settings)
    async with running_edge() as edge:
        await edge.server.listen_tls("127.0.0.1", 0, context)
        following = asyncio.create_task(follow_certificate(context, settings, seconds=0.02))
        try:
            assert settings.certificate_file is not None
            await asyncio.sleep(0)  # it has seen the first one
            settings.certificate_file.write_text("broken")
            os.utime(settings.certificate_file, (1, 1))
            await until(lambda: "is not used" in caplog.text, "the broken certificate is looked at")
            assert (await poll(edge, ssl.create_default_context()))[2] == "CN=one"
            write_certificate(tmp_path, "two")
            found: list[str] = []

            async def renewed() -> None:
                while "CN=two" not in found:
                    found.append((await poll(edge, ssl.create_default_context()))[2])

            await asyncio.wait_for(renewed(), 10)
        finally:
            following.cancel()


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    missing = TlsSettings(port=1, certificate_file=tmp_path / "a.crt", key_file=tmp_path / "a.key")
    with pytest.raises(SettingsError, match=r"a\.crt"):
        make_context(missing)
    with pytest.raises(ValueError, match=r"tls\.key_file"):
        TlsSettings(port=1)
