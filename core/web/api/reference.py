"""The reference of one audience as a page: made of its OpenAPI document, for reading, without a script."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.kernel.i18n import current_language, gettext
from core.rendering.api import USUAL_PAGE
from core.web.security import csp_nonce

_METHODS = ("get", "post", "put", "patch", "delete")


@cache
def _templates() -> Environment:
    folder = Path(__file__).resolve().parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = gettext
    made.filters["marked"] = _marked
    return made


def _marked(text: str) -> Markup:
    """Words between backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts)
    )


def reference_page(document: Mapping[str, Any], prefix: str) -> Response:
    """The page of one OpenAPI document."""
    schemas = document["components"]["schemas"]
    html = (
        _templates()
        .get_template("reference.html")
        .render(
            document=document,
            rooms=_rooms(document),
            rows=lambda schema: _rows(schema, schemas),
            prefix=prefix,
            language=current_language(),
            nonce=csp_nonce(),
            usual_page=USUAL_PAGE,
        )
    )
    answer = Response(html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{csp_nonce()}'; base-uri 'none'; frame-ancestors 'none'"
    )
    return answer


def _rooms(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rooms in order, each with its operations in the order of their addresses."""
    rooms = {tag["name"]: {**tag, "operations": []} for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                one = {**methods[method], "method": method.upper(), "path": path}
                one["arguments"] = [
                    part for part in methods.get("parameters", ()) if part.get("in") == "path"
                ]
                rooms[one["tags"][0]]["operations"].append(one)
    return [room for room in rooms.values() if room["operations"]]


def _rows(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of an object, one line each: name, kind, whether it is required, what it is."""
    found = schemas.get(_ref(schema), schema)
    required = set(found.get("required", ()))
    return [
        {
            "name": name,
            "kind": _kind(one),
            "required": name in required,
            "about": one.get("description", ""),
            "ref": _ref(one) or _ref(one.get("items", {})),
        }
        for name, one in found.get("properties", {}).items()
    ]


def _ref(schema: Mapping[str, Any]) -> str:
    """The name of the schema that is pointed to."""
    for one in (schema, *schema.get("anyOf", ()), *schema.get("allOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).rpartition("/")[2]
    return ""


def _kind(schema: Mapping[str, Any]) -> str:
    if name := _ref(schema):
        return name
    kind = schema.get("type", "any")
    words = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if words == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    return str(schema.get("format") or words)


def show_reference() -> Response:
    """The view of the reference."""
    app: Any = current_app
    return reference_page(app.document.document(), app.audience.prefix)
