"""The TLS context of the edge and its certificate, which may be renewed while it runs. Source: errata Z16."""

from __future__ import annotations

import asyncio
import logging
import ssl
import warnings
from pathlib import Path
from typing import Final

from runtime.errors import SettingsError
from runtime.sections import TlsSettings

log = logging.getLogger(__name__)

_CHECK_SECONDS: Final = 60.0
# Firmware of some ten years ago: TLS 1.0, CBC and RSA key exchange. OpenSSL offers them at security level 0 alone.
_LEGACY_CIPHERS: Final = "DEFAULT:AES128-SHA:AES256-SHA:@SECLEVEL=0"


def make_context(settings: TlsSettings) -> ssl.SSLContext:
    """Raises SettingsError naming the file that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if settings.legacy:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what the setting asks for
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers(_LEGACY_CIPHERS)
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, settings)
    return context


async def follow_certificate(context: ssl.SSLContext, settings: TlsSettings, seconds: float = _CHECK_SECONDS) -> None:
    """Until cancelled: take a certificate that was renewed. New connections get it; one that cannot be read is left."""
    seen = _changed_at(settings)
    while True:
        await asyncio.sleep(seconds)
        now = _changed_at(settings)
        if now == seen:
            continue
        try:
            _load(context, settings)
        except SettingsError as error:
            log.error("the renewed certificate is not used, the old one stays: %s", error)
        else:
            seen = now
            log.info("the renewed certificate %s is used from now on", settings.certificate_file)


def _load(context: ssl.SSLContext, settings: TlsSettings) -> None:
    certificate, key = _files(settings)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"tls.certificate_file {certificate}, tls.key_file {key}: {error}") from None


def _changed_at(settings: TlsSettings) -> tuple[float, ...]:
    try:
        return tuple(path.stat().st_mtime for path in _files(settings))
    except OSError:
        return ()  # being replaced


def _files(settings: TlsSettings) -> tuple[Path, Path]:
    if settings.certificate_file is None or settings.key_file is None:
        raise SettingsError("tls.certificate_file and tls.key_file must be set")
    return settings.certificate_file, settings.key_file
