"""TLS to one server or station: what is trusted is set for each alone, and nothing is switched off for the process."""

from __future__ import annotations

import hmac
import ssl
import warnings
from hashlib import sha256

import aiohttp

from runtime.connector_sections import Polled
from runtime.errors import SettingsError

LEGACY_CIPHERS = "DEFAULT:@SECLEVEL=0"  # small Diffie-Hellman groups and old signatures of old door stations


def ssl_of(source: Polled, *, legacy: bool = False) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
    """What aiohttp's `ssl=` takes, for its connector or a request. True: the machine's usual authorities.

    `ca_file`: only what it has signed, names checked. `certificate_sha256`: only this certificate, whoever signed it
    and whatever name it has. legacy: old ciphers and TLS 1.0 as well, for this source alone. Raises SettingsError for a
    CA file that cannot be read, or a legacy mode that this machine's OpenSSL does not have.
    """
    if not source.url.startswith("https://"):
        return True
    pin = bytes.fromhex(source.certificate_sha256)
    if pin and not legacy:
        return aiohttp.Fingerprint(pin)
    if not source.ca_file and not legacy:
        return True
    context = _pinned_context(pin) if pin else _signed_context(source)
    if legacy:
        _allow_legacy(context, source)
    return context


def _signed_context(source: Polled) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=source.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"cannot read {source.ca_file}, the ca_file for {source.url}: {error.strerror or error}"
        ) from None


def _allow_legacy(context: ssl.SSLContext, source: Polled) -> None:
    try:
        context.set_ciphers(LEGACY_CIPHERS)
        with warnings.catch_warnings():
            # Python calls TLS 1.0 deprecated: that is what `legacy` asks for, and for this source alone.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(f"legacy_tls of {source.url} is not possible with {ssl.OPENSSL_VERSION}: {error}") from None


class _PinnedObject(ssl.SSLObject):
    """A TLS connection that ends its handshake only with the pinned certificate. aiohttp.Fingerprint does the same, but
    cannot be given ciphers."""

    def do_handshake(self) -> None:
        super().do_handshake()
        context = self.context
        found = self.getpeercert(binary_form=True) or b""
        if not isinstance(context, _PinnedContext) or not hmac.compare_digest(sha256(found).digest(), context.pin):
            raise ssl.SSLCertVerificationError("the server's certificate is not the pinned one (certificate_sha256)")


class _PinnedContext(ssl.SSLContext):
    pin: bytes = b""
    sslobject_class = _PinnedObject


def _pinned_context(pin: bytes) -> ssl.SSLContext:
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.pin = pin
    context.check_hostname = False  # the certificate itself is what is checked
    context.verify_mode = ssl.CERT_NONE
    return context
