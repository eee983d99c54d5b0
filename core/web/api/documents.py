"""What each address says of itself in the OpenAPI document: words, headers, answers and the problems it may meet."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate

from core.hooks.docstrings import hook_doc
from core.kernel.errors import PinpuError
from core.rendering.api import LARGEST_PAGE, USUAL_PAGE, Get, Send
from core.web.api.answers import Answer
from core.web.api.fields import WholeNumber
from core.web.api.specification import problem_name

_ALWAYS = (400, 401, 403, 404, 422, 429, 500, 503)
_WRITING = (409, 413, 415)
# Statuses of refusals that rooms declare beyond those above.
_RARE = (402, 410, 423)
_LONGEST_CURSOR = 100
# What a docstring says of Python's exceptions; the reference lists their codes instead.
_RAISES = re.compile(r"\bRaises [^.]*\.?")


class _Page(Schema):
    limit = WholeNumber(
        as_text=True,
        load_default=USUAL_PAGE,
        validate=validate.Range(min=1, max=LARGEST_PAGE),
        metadata={"description": "How many rows at most."},
    )
    after = fields.String(
        load_default="",
        validate=validate.Length(max=_LONGEST_CURSOR),
        metadata={"description": "`next` of the page before."},
    )


def with_page(filters: type[Schema]) -> type[Schema]:
    """The filters of a list, with the page that is asked for."""
    return type(filters.__name__, (filters, _Page), {})


def next_link(after: str) -> str:
    """The Link header that leads to the next page of this list."""
    asked = {**request.args.to_dict(flat=False), "after": [after]}
    return f'<{request.base_url}?{urlencode(asked, doseq=True)}>; rel="next"'


def reading(name: str, get: Get, scope: str, filters: Schema, answer: Answer) -> dict[str, Any]:
    """The operation of a GET."""
    parameters: list[dict[str, Any]] = [{"in": "query", "schema": filters}] if filters.fields else []
    parameters.append(
        _header("If-None-Match", "The ETag that you have: answered with 304 if it still holds.")
    )
    headers = {"ETag": {"schema": {"type": "string"}, "description": "Changes with the answer."}}
    if answer.paged:
        headers["Link"] = {"schema": {"type": "string"}, "description": "The next page, rel=next."}
    return {
        "operationId": name,
        **_words(get.query, scope),
        "parameters": parameters,
        "responses": {
            "200": {"description": "OK", "headers": headers, **_json(answer.schema)},
            "304": {"description": "Nothing has changed."},
            **_problems(_ALWAYS),
        },
    }


def writing(
    name: str, send: Send, scope: str, *, body: Schema, answer: Answer, takes_key: bool, takes_match: bool
) -> dict[str, Any]:
    """The operation of a POST, PUT, PATCH or DELETE."""
    parameters = []
    if takes_key:
        parameters.append(
            _header(
                "Idempotency-Key",
                "8 to 200 characters: a repeated request with the same key gets the first one's answer.",
                required=send.moves_money,
                schema={"type": "string", "minLength": 8, "maxLength": 200},
            )
        )
    if takes_match:
        parameters.append(
            _header("If-Match", "The ETag that you read: the change is refused if it has passed.")
        )
    statuses = [*_ALWAYS, *_WRITING, *([412] if takes_match else []), *rare_statuses()]
    operation = {
        "operationId": name,
        **_words(send.action, scope),
        "parameters": parameters,
        "responses": {**_success(send, answer), **_problems(statuses)},
    }
    if body.fields:
        required = any(one.required for one in body.fields.values())
        operation["requestBody"] = {"required": required, **_json(body)}
        if send.example is not None:
            operation["requestBody"]["content"]["application/json"]["example"] = dict(send.example)
    return operation


def _success(send: Send, answer: Answer) -> dict[str, Any]:
    if answer.schema is None:
        return {"204": {"description": "Done."}}
    made = send.method == "POST" and answer.name == "id"
    replayed = {
        "Idempotency-Replayed": {"schema": {"type": "string"}, "description": "This answer was given before."}
    }
    said = {"description": "Made." if made else "Done.", **_json(answer.schema)}
    return {"201" if made else "200": {**said, "headers": replayed} if send.method == "POST" else said}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _header(
    name: str, about: str, *, required: bool = False, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": about,
        "required": required,
        "schema": schema or {"type": "string"},
    }


def _problems(statuses: Iterable[int]) -> dict[str, Any]:
    return {str(status): problem_name(status) for status in sorted(set(statuses))}


def rare_statuses() -> tuple[int, ...]:
    """Statuses of declared refusals that are not said everywhere anyway."""
    known = {one.status for one in _kinds(PinpuError)}
    return tuple(sorted((known & set(_RARE)) | {s for s in known if s >= 500} - {500, 503}))


def _kinds(error: type[PinpuError]) -> Iterable[type[PinpuError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _words(function: Any, scope: str) -> dict[str, Any]:
    """Summary and description of the docstring, the scope, and the refusals that the docstring names."""
    doc = hook_doc(function)
    summary, text = (doc.summary, doc.text) if doc else (function.__name__.replace("_", " "), "")
    parts = [text, *(doc.sections.values() if doc else ())]
    named = {kind.__name__: kind for kind in _kinds(PinpuError)}
    words = set(
        "".join(letter if letter.isalnum() else " " for letter in " ".join([summary, *parts])).split()
    )
    refusals = sorted(f"`{named[word].code}` ({named[word].status})" for word in words & named.keys())
    told = f"Scope: `{scope}`." if scope else ""
    if refusals:
        parts.append(f"Refusals: {', '.join(refusals)}.")
    return {
        "summary": summary,
        "description": "\n\n".join(filter(None, [_RAISES.sub("", part).strip() for part in [*parts, told]])),
        "security": [{"token": []}],
        "x-scope": scope,
    }
