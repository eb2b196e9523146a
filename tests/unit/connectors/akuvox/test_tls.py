"""A station's self-signed certificate, pinned for it alone."""

import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.errors import Unreachable
from tests.unit.connectors.akuvox.fake_station import FakeStation, client_of


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, str]:
    """A PEM of key and certificate, and the certificate's SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "door.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file, sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


async def test_only_the_pinned_certificate_is_spoken_to(certificate: tuple[Path, str]) -> None:
    file, digest = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    station = FakeStation()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", station.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        station.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        async with client_of(station, certificate_sha256=digest) as client:
            assert (await client.door_log(1)).rows == ()
        wrong: tuple[dict[str, Any], ...] = ({"certificate_sha256": "0" * 64}, {})  # another certificate; none pinned
        for trust in wrong:
            async with client_of(station, **trust) as client:
                with pytest.raises(Unreachable):
                    await client.door_log(1)
                with pytest.raises(Unreachable):  # nothing was sent, so nothing is unknown
                    await client.add_users([{"Name": "A"}])
        assert len(station.asked) == 1
    finally:
        await runner.cleanup()
