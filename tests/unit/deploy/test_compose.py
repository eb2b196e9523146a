"""The compose file and the local stack are the same Kafka and ClickHouse: versions, ports, settings."""

import inspect
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from deploy.local import clickhouse, fetch, kafka
from deploy.local.stack import LocalStack

# What differs because containers have addresses and folders of their own, and the image formats its storage itself.
OWN_SETTINGS = {"controller.quorum.bootstrap.servers", "listeners", "advertised.listeners", "log.dirs"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((Path(deploy.__file__).parent / "compose.yaml").read_text())
    return parsed


def default(parameter: str) -> Any:
    return inspect.signature(LocalStack.__init__).parameters[parameter].default


def test_versions(compose: dict[str, Any]) -> None:
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{fetch.KAFKA_VERSION}"
    year_and_month = ".".join(clickhouse.ClickHouse.version.split(".")[:2])
    assert compose["services"]["clickhouse"]["image"] == f"clickhouse/clickhouse-server:{year_and_month}"


def test_ports_are_the_same_and_on_loopback_alone(compose: dict[str, Any]) -> None:
    port, http = default("kafka_port"), default("clickhouse_http_port")
    assert compose["services"]["kafka"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert compose["services"]["clickhouse"]["ports"] == [f"127.0.0.1:{http}:8123"]


def test_every_kafka_setting_is_the_same(compose: dict[str, Any]) -> None:
    environment = compose["services"]["kafka"]["environment"]
    settings = dict(line.split("=", 1) for line in kafka.SETTINGS.splitlines() if not line.startswith("#"))
    compared = {name: value for name, value in settings.items() if name not in OWN_SETTINGS}
    assert compared == {name: environment.get(f"KAFKA_{name.upper().replace('.', '_')}") for name in compared}
    assert environment["KAFKA_HEAP_OPTS"] == f"-Xmx{default('kafka_heap_mb')}m"


def test_every_clickhouse_setting_is_the_same(compose: dict[str, Any]) -> None:
    config = clickhouse.CONFIG.format(log="", memory_bytes=default("clickhouse_memory_bytes"))
    content = compose["configs"]["clickhouse"]["content"]
    here, there = (flat(ET.fromstring(text)) for text in (config, content))
    del here["logger/log"]
    assert here.items() <= there.items()


def test_health_checks_and_bounded_logs(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["healthcheck"]["test"]
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def flat(element: ET.Element, path: str = "") -> dict[str, str]:
    """Path of each leaf -> its text."""
    found: dict[str, str] = {}
    for child in element:
        found |= flat(child, f"{path}{child.tag}/") if len(child) else {path + child.tag: child.text or ""}
    return found
