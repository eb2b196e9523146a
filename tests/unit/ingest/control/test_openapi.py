"""The OpenAPI document: valid, complete, and in the words of docs/control-api.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from ingest.control.api import ROUTES
from ingest.control.openapi import openapi_document
from ingest.control.routes import Nothing, Route

DOCUMENT = openapi_document(ROUTES)
PAGE = (Path(__file__).parents[4] / "docs/control-api.md").read_text()


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(one) for one in value.values()))
    return set()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_has_models_and_is_in_the_page(route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    assert operation["operationId"] == route.name
    assert route.answer is None or issubclass(route.answer, BaseModel)
    assert (route.body is not Nothing) == (route.method != "GET") == ("requestBody" in operation)
    told = {(one["name"], one["in"]) for one in operation["parameters"]}
    assert told == {(name, "path") for name in route.parameters} | {(n, "query") for n in route.query.model_fields}
    assert {"200", "400", "401", "403", "404", "409", "413", "429", "500", "503"} <= set(operation["responses"])
    assert f"`{route.method} {route.path}`" in PAGE
    assert (route.role == "read") <= (route.method == "GET")


def test_the_page_names_no_route_that_is_not_there() -> None:
    import re

    named = set(re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /v1/[^`]*)`", PAGE))
    assert named == {f"{route.method} {route.path}" for route in ROUTES}


def test_ids_and_routes_are_unique_and_every_reference_leads_somewhere() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    schemas = DOCUMENT["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(DOCUMENT)} <= set(schemas)
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["security"] == [{"bearer": []}]


def test_every_schema_is_one_of_json_schema_2020_12() -> None:
    text = json.dumps(DOCUMENT)
    for name, schema in json.loads(text)["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] in ("object", "string"), name
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                jsonschema.Draft202012Validator.check_schema(parameter["schema"])
                assert "$ref" not in json.dumps(parameter)
