"""Alerts, scrapes, the dashboard and the unit speak of what there is: metrics, labels, states, ports, parts, pages."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import deploy
from cli.main import app
from runtime.settings import Settings
from schemas.polled import SourceStatus

DEPLOY: Final = Path(deploy.__file__).parent
ROOT: Final = DEPLOY.parent
PARTS: Final = {"ingest", "normalize", "track", "resolve", "derive", "sink", "connect"}


RULES: Final = {"connectors.rules.yml": "docs/connectors.md", "timecards.rules.yml": "docs/operate.md"}


def metrics_of_the_code() -> set[str]:
    """Names as they are exposed; a histogram has buckets, sum and count, too."""
    found = set()
    for path in (*(ROOT / "connectors").rglob("*.py"), ROOT / "processors" / "metrics.py"):
        for kind, name in re.findall(r"(Gauge|Counter|Histogram)\(\s*\"(punchstream_\w+)\"", path.read_text()):
            found |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "Histogram" else {name}
    return found


def rules_of(file: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / file).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    alerts = [rule["expr"] for file in RULES for rule in rules_of(file)]
    panels = json.loads((DEPLOY / "grafana" / "connectors.json").read_text())["panels"]
    return alerts + [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_metrics_and_states_that_are_asked_for_exist(expression: str) -> None:
    assert set(re.findall(r"punchstream_\w+", expression)) <= metrics_of_the_code()
    for states in re.findall(r"status=~?\"([^\"]+)\"", expression):
        assert set(states.split("|")) <= set(SourceStatus)


def test_every_state_that_is_a_trouble_raises_an_alert() -> None:
    told = {state for one in expressions() for states in re.findall(r"status=~?\"([^\"]+)\"", one)
            for state in states.split("|")}  # fmt: skip
    quiet = {SourceStatus.STARTING, SourceStatus.OK, SourceStatus.PAUSED}
    assert told == set(SourceStatus) - quiet


@pytest.mark.parametrize(("file", "page"), RULES.items())
def test_alerts_lead_to_a_heading_of_the_page(file: str, page: str) -> None:
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in (ROOT / page).read_text().splitlines() if line.startswith("#")}  # fmt: skip
    for rule in rules_of(file):
        assert rule["annotations"].keys() == {"summary", "description", "runbook"}
        name, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert name == page
        assert anchor in headings


def test_prometheus_asks_every_part_at_its_port() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert all((DEPLOY / "prometheus" / file).is_file() for file in config["rule_files"])
    asked = {one["labels"]["part"]: one["targets"] for one in config["scrape_configs"][0]["static_configs"]}
    settings = Settings()
    ports = {
        "ingest": settings.ingest.health_port, "normalize": settings.normalize.health_port,
        "track": settings.track.health_port, "resolve": settings.resolve.health_port, "sink": settings.sink.health_port,
        "derive": settings.derive.health_port, "connect": settings.connectors.health_port,
    }  # fmt: skip
    assert asked == {part: [f"127.0.0.1:{port}"] for part, port in ports.items()}


def test_the_unit_starts_a_part_and_waits_for_its_end() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's names have capitals; documented use
    unit.read_string((DEPLOY / "systemd" / "punchstream@.service").read_text())
    assert unit["Service"]["ExecStart"].endswith("/bin/punchstream --config /etc/punchstream/punchstream.toml %i")
    assert int(unit["Service"]["TimeoutStopSec"]) > 40  # the longest drain: docs/operate.md
    assert (unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    commands = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    assert commands >= PARTS


def test_the_dashboard_names_no_source_of_its_own() -> None:
    board: dict[str, Any] = json.loads((DEPLOY / "grafana" / "connectors.json").read_text())
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {"${source}"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
