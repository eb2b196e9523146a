"""The OpenAPI 3.1 document, made from the route table: nothing is said of the API in a second place.

Own code, because the libraries that make one for aiohttp write OpenAPI 3.0, want classes in place of functions, or no
longer run on Python 3.11; pydantic writes JSON Schema 2020-12, which is what 3.1 takes, so little is left to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ingest.control.models import Model
from ingest.control.routes import Nothing, Route
from runtime.version import VERSION

_REF: Final = "#/components/schemas/{model}"


class Problem(Model):
    """What went wrong: a closed set of codes, a sentence for people, and the id under which the log has it."""

    code: str
    message: str
    request_id: str


class ErrorAnswer(Model):
    error: Problem


_ERRORS: Final = {
    400: "The request makes no sense",
    401: "No token, or an unknown one",
    403: "The token's role does not allow it",
    404: "No such thing, or none of this token's",
    409: "It cannot be done as things are; nothing was changed",
    413: "The body is too large",
    429: "Too many requests; Retry-After says when to ask again",
    500: "A fault of the server; the log has it under the request id",
    503: "A part that is needed does not answer; look whether it is done before asking again",
}


def openapi_document(routes: Sequence[Route]) -> dict[str, Any]:
    models: list[tuple[Any, JsonSchemaMode]] = [(ErrorAnswer, "serialization")]
    for route in routes:
        if route.answer is not None:
            models.append((route.answer, "serialization"))
        if route.body is not Nothing:
            models.append((route.body, "validation"))
    references, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "punchstream control API", "version": VERSION},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, references: Any) -> dict[str, Any]:
    content: dict[str, Any]
    if route.answer is None:
        content = {"application/octet-stream": {}}
    else:
        content = {"application/json": {"schema": references[route.answer, "serialization"]}}
    problem = {"application/json": {"schema": references[ErrorAnswer, "serialization"]}}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Needs the role `{route.role}`.",
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {
            "200": {"description": "Done", "content": content},
            **{str(status): {"description": text, "content": problem} for status, text in _ERRORS.items()},
        },
    }
    if route.body is not Nothing:
        schema = references[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.parameters]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    schema = route.query.model_json_schema(ref_template=_REF)
    definitions = schema.get("$defs", {})
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _inlined(fields, definitions)}
        for name, fields in schema.get("properties", {}).items()
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """With the enumerations of queries in place, since only answers and bodies are among the components."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in definitions:
        return _inlined(definitions[name], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}
