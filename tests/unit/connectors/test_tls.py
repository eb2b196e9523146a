"""TLS per source: what is trusted is what was named, with old ciphers too, and nothing changes for others."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from connectors.tls import ssl_of
from runtime.connector_sections import AkuvoxStation
from runtime.errors import SettingsError

MAC = "0C1105078B71"


@dataclass(frozen=True)
class Certificate:
    pem: Path
    key: Path
    sha256: str


def self_signed(
    folder: Path, name: str, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, host: str = "127.0.0.1"
) -> Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return Certificate(pem, key, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest())


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path, "server", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.pem, certificate.key)
    return context


@pytest.fixture
async def url(context: ssl.SSLContext) -> AsyncIterator[str]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def station(url: str, ca_file: Path | None = None, pin: str = "") -> AkuvoxStation:
    return AkuvoxStation(url=url, mac=MAC, zone="Asia/Dubai", ca_file=ca_file, certificate_sha256=pin)


async def ask(source: AkuvoxStation, *, legacy: bool = False) -> str:
    connector = aiohttp.TCPConnector(ssl=ssl_of(source, legacy=legacy))
    async with aiohttp.ClientSession(connector=connector) as session, session.get(source.url) as response:
        return await response.text()


@pytest.mark.parametrize("legacy", [False, True])
async def test_nothing_named_is_the_usual_check(url: str, legacy: bool) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(station(url), legacy=legacy)


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_named_authority(url: str, certificate: Certificate, legacy: bool) -> None:
    assert await ask(station(url, certificate.pem), legacy=legacy) == "hello"


@pytest.mark.parametrize("legacy", [False, True])
async def test_another_authority(url: str, tmp_path: Path, legacy: bool) -> None:
    other = self_signed(tmp_path, "other", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(station(url, other.pem), legacy=legacy)


async def test_a_named_authority_still_checks_the_name(url: str, certificate: Certificate) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(station(url.replace("127.0.0.1", "localhost"), certificate.pem))


@pytest.mark.parametrize("legacy", [False, True])
async def test_a_pinned_certificate_whatever_its_name(url: str, certificate: Certificate, legacy: bool) -> None:
    assert await ask(station(url, pin=certificate.sha256), legacy=legacy) == "hello"
    named = url.replace("127.0.0.1", "localhost")
    assert await ask(station(named, pin=certificate.sha256.upper()), legacy=legacy) == "hello"


@pytest.mark.parametrize("legacy", [False, True])
async def test_another_certificate_than_the_pinned(url: str, legacy: bool) -> None:
    with pytest.raises((aiohttp.ServerFingerprintMismatch, aiohttp.ClientConnectorError)):
        await ask(station(url, pin="0" * 64), legacy=legacy)


class TestOldStation:
    """A small RSA key, and a cipher that today's defaults refuse."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Certificate:
        return self_signed(tmp_path, "server", rsa.generate_private_key(65537, 1024))

    @pytest.fixture
    def context(self, certificate: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("AES128-SHA:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate.pem, certificate.key)
        return context

    async def test_needs_legacy(self, url: str, certificate: Certificate) -> None:
        with pytest.raises(aiohttp.ClientError):
            await ask(station(url, certificate.pem))
        assert await ask(station(url, certificate.pem), legacy=True) == "hello"

    async def test_is_pinned_all_the_same(self, url: str, certificate: Certificate) -> None:
        assert await ask(station(url, pin=certificate.sha256), legacy=True) == "hello"
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(station(url, pin="0" * 64), legacy=True)

    async def test_changes_nothing_for_others(self, url: str, certificate: Certificate) -> None:
        before = ssl.create_default_context()
        await ask(station(url, pin=certificate.sha256), legacy=True)
        after = ssl.create_default_context()
        assert after.get_ciphers() == before.get_ciphers()
        assert (after.minimum_version, after.verify_mode) == (before.minimum_version, before.verify_mode)


def test_plain_http_has_nothing_to_trust() -> None:
    assert ssl_of(station("http://192.0.2.1")) is True


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.pem"):
        ssl_of(station("https://192.0.2.1", tmp_path / "missing.pem"))
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    with pytest.raises(SettingsError, match=r"broken\.pem"):
        ssl_of(station("https://192.0.2.1", broken))
