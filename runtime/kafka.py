"""How every part speaks to Kafka: one place for addresses, security, isolation and sizes. Source: DESIGN 4, 6."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from runtime.sections import KafkaSettings
from runtime.settings import read_secret

# What a fetch or a request needs on top of the largest record: batch header, record headers.
FRAMING_BYTES = 1024 * 1024
_BATCH_BYTES = 1024 * 1024


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Address and security options for any aiokafka client. Raises SettingsError when a secret cannot be read."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = sasl_password(settings)
    return options


def tls_context(settings: KafkaSettings) -> ssl.SSLContext:
    """Verifies the broker, and shows our certificate where one is set."""
    context = ssl.create_default_context(cafile=str(settings.ssl_ca_file) if settings.ssl_ca_file else None)
    if settings.ssl_certificate_file:
        context.load_cert_chain(settings.ssl_certificate_file, settings.ssl_key_file)
    return context


def sasl_password(settings: KafkaSettings) -> str:
    """Raises SettingsError when its file cannot be read."""
    return read_secret(settings.sasl_password, settings.sasl_password_file, "kafka.sasl_password_file")


def make_producer(
    settings: KafkaSettings, *, client_id: str, max_record_bytes: int, **options: Any
) -> AIOKafkaProducer:
    """A producer that waits for all replicas. It batches nothing by itself: our writers make their own batches."""
    return AIOKafkaProducer(
        client_id=client_id,
        acks="all",
        linger_ms=0,
        max_batch_size=_BATCH_BYTES,
        max_request_size=max_record_bytes + FRAMING_BYTES,
        request_timeout_ms=int(settings.request_timeout_seconds * 1000),
        **{**client_options(settings), **options},
    )


def make_consumer(
    settings: KafkaSettings, *topics: str, group: str | None, client_id: str, instance_id: str = "", **options: Any
) -> AIOKafkaConsumer:
    """A consumer that reads committed records only, never commits by itself and never resets an offset by itself.

    `topics` are catalogue names. A partition without a committed offset, or one that retention has passed, is an
    error of aiokafka (`NoOffsetForPartitionError`, `OffsetOutOfRangeError`): its owner decides.
    """
    timeout_ms = int(settings.session_timeout_seconds * 1000)
    if group is not None:
        options = {
            "session_timeout_ms": timeout_ms,
            "heartbeat_interval_ms": max(200, timeout_ms // 5),
            "group_instance_id": instance_id or None,
            **options,
        }
    return AIOKafkaConsumer(
        *(settings.topic(name) for name in topics),
        group_id=group,
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=settings.max_record_bytes + FRAMING_BYTES,
        request_timeout_ms=int(settings.request_timeout_seconds * 1000),
        **{"isolation_level": "read_committed", **client_options(settings), **options},
    )


def make_admin(settings: KafkaSettings) -> AIOKafkaAdminClient:
    return AIOKafkaAdminClient(
        request_timeout_ms=int(settings.request_timeout_seconds * 1000), **client_options(settings)
    )
