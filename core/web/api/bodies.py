"""Reading what a program sent: JSON that is JSON, text that can be stored, nothing that nobody asked for."""

import json
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from core.kernel.errors import InputRefused
from core.kernel.i18n import _
from core.rendering.console.messages import in_our_words

_DEEPEST = 40


class ApiParser(FlaskParser):
    """Bodies and query strings against their schemas; what does not fit is refused with the field's name."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": RAISE, "query": RAISE}  # noqa: RUF012

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body as JSON; no body is an empty object."""
        return json_body(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query string; text that cannot be stored is refused like any other bad value."""
        for name, value in req.args.items(multi=True):
            if not _storable(name) or not _storable(value):
                raise InputRefused({"query": [_("This text holds characters that cannot be kept.")]})
        return super().load_querystring(req, schema)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **more: Any) -> NoReturn:
        """Say which fields need another look."""
        messages: Any = error.messages
        if isinstance(messages, dict) and set(messages) <= {"json", "query", "headers"}:
            messages = {name: told for part in messages.values() for name, told in _named(part).items()}
        raise InputRefused(_said(_named(messages)))


def _said(messages: Any) -> Any:
    """Validators' sentences in the language of the request."""
    if isinstance(messages, dict):
        return {str(name): _said(told) for name, told in messages.items()}
    if isinstance(messages, list):
        return [_said(told) for told in messages]
    return in_our_words(str(messages))


def _named(messages: Any) -> dict[str, Any]:
    return (
        {str(name): told for name, told in messages.items()}
        if isinstance(messages, dict)
        else {"body": messages}
    )


def json_body(req: Request = request) -> Any:
    """The request's JSON. Raises UnsupportedMediaType for another kind, BadRequest for what is no JSON."""
    raw = req.get_data()
    if not raw.strip():
        return {}
    if not req.is_json:
        raise UnsupportedMediaType
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
        _require_storable(found, 0)
    except (ValueError, RecursionError):
        raise BadRequest from None
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _require_storable(value: Any, depth: int) -> None:
    """No database keeps NUL, and no UTF-8 spells half a character; refused here, before anything looks at them."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, str):
        if not _storable(value):
            raise InputRefused({"body": [_("This text holds characters that cannot be kept.")]})
    elif isinstance(value, dict):
        for name, one in value.items():
            _require_storable(name, depth)
            _require_storable(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _require_storable(one, depth + 1)


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


parser = ApiParser()
