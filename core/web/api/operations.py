"""Makes addresses of declarations: views that check, read, act and answer, and their place in the OpenAPI document."""

import functools
import inspect
import re
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, g, json, request
from flask_smorest import Blueprint
from marshmallow import Schema

from core.kernel.command import command
from core.kernel.errors import NotFound, PermissionRefused
from core.kernel.ids import as_id
from core.kernel.tenancy import current_actor, require
from core.rendering.api import USUAL_PAGE, ApiPage, ApiRoom, Get, PageAsked, Send
from core.web.api import documents
from core.web.api.answers import Answer, answer_of
from core.web.api.bodies import parser
from core.web.api.conditions import answered, require_match
from core.web.api.problems import KeyNeeded, ScopeMissing, TokenRefused
from core.web.api.shapes import schema_of, schema_of_call

_ARGUMENT = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
KEY_HEADER = "Idempotency-Key"
KEY_ARGUMENT = "idempotency_key"
REPLAYED_HEADER = "Idempotency-Replayed"


class Room(Blueprint):  # type: ignore[misc]
    """A blueprint of the API: bodies and query strings are read the same way everywhere."""

    ARGUMENTS_PARSER = parser
    title = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One bound address, for the reference and for the tests that walk over all of them."""

    room: str
    method: str
    rule: str
    scope: str
    declared: Get | Send
    plugin: str = ""


def path_names(path: str) -> tuple[str, ...]:
    """The names of a path's arguments."""
    return tuple(_ARGUMENT.findall(path))


def parent_of(path: str, readings: Mapping[str, "Reading"]) -> "Reading | None":
    """The thing that an address stands below, "/orders/<id>" of "/orders/<id>/notes": without it there is neither."""
    above = [one for one in readings if path.startswith(f"{one}/") and one.endswith(">")]
    return readings[max(above, key=len)] if above else None


def allow(scope: str) -> None:
    """Refuse a caller that may not: TokenRefused where somebody must log in, ScopeMissing where a token falls short."""
    if not scope:
        return
    if scope == "customer":
        if current_actor().kind != "customer":
            raise TokenRefused
        return
    try:
        require(scope)
    except PermissionRefused:
        raise ScopeMissing(scope=scope) from None


def permission_of(send: Send) -> str:
    """The permission that an action itself asks for; what is no command says it at its address."""
    return str(getattr(send.action, "permission", send.scope))


def room_blueprint(room: ApiRoom, prefix: str, *, plugin: str = "") -> tuple[Room, list[Operation]]:
    """The blueprint of a room at `prefix`, and what is bound in it."""
    name = f"{plugin}_{room.name}" if plugin else room.name
    blueprint = Room(name, __name__, url_prefix=prefix, description=room.about)
    blueprint.title = room.title
    readings = {route.path: Reading(route) for route in room.routes if isinstance(route, Get)}
    bound = []
    for route in room.routes:
        if isinstance(route, Get):
            part: Reading | Writing = readings[route.path]
            part.parent = parent_of(route.path, readings)
            method, scope, function = "GET", route.scope, route.query
        else:
            part = Writing(route, readings.get(route.path), parent_of(route.path, readings))
            method, scope, function = route.method, permission_of(route), route.action
        endpoint = f"{method.lower()}_{function.__name__}"
        view = _view(part, scope, endpoint)
        # smorest reads a view's documentation from here.
        vars(view).update(
            _apidoc={"manual_doc": part.documented(f"{name}_{endpoint}", scope)},
            body_limit=getattr(route, "body_limit", None),
            plugin=plugin,
        )
        blueprint.add_url_rule(route.path, endpoint, view, methods=[method], tags=[room.title])
        bound.append(Operation(name, method, f"{prefix}{route.path}", scope, route, plugin))
    return blueprint, bound


def names_or_ids(function: Callable[..., Any]) -> frozenset[str]:
    """Arguments that are an id or a name ("home"): an address holds either as text."""
    hints = typing.get_type_hints(function)
    return frozenset(name for name, hint in hints.items() if set(typing.get_args(hint)) == {UUID, str})


def _view(part: "Reading | Writing", scope: str, name: str) -> Callable[..., Response]:
    named = names_or_ids(part.function)

    def view(**path: Any) -> Response:
        allow(scope)
        return part.respond({key: as_id(one) or one if key in named else one for key, one in path.items()})

    view.__name__ = view.__qualname__ = name
    return view


class Reading:
    """A query at an address."""

    parent: "Reading | None" = None

    def __init__(self, get: Get) -> None:
        self.get, self.function = get, get.query
        self.answer: Answer = answer_of(get.query, money=get.money)
        self.paged = "page" in inspect.signature(get.query).parameters
        self.names = path_names(get.path)
        filters = schema_of_call(get.query, {*self.names, "page"}, as_text=True)
        self.filters: Schema = (documents.with_page(filters) if self.paged else filters)()

    def documented(self, name: str, scope: str) -> dict[str, Any]:
        """Its place in the OpenAPI document."""
        return documents.reading(name, self.get, scope, self.filters, self.answer)

    def respond(self, path: Mapping[str, Any]) -> Response:
        """Read and answer, with an ETag and the way to the next page."""
        filters = parser.parse(self.filters, request, location="query")
        if self.parent is not None:
            self.parent.require(path)
        found = self._found({**path, **filters})
        response = answered(self.answer.document(found))
        if isinstance(found, ApiPage) and found.after:
            response.headers["Link"] = documents.next_link(found.after)
        return response

    def document(self, path: Mapping[str, Any]) -> Any:
        """What a reader without filters gets, for a writer's If-Match."""
        return self.answer.document(self._found(dict(path)))

    def require(self, path: Mapping[str, Any]) -> None:
        """Raise NotFound unless there is something at the address that begins `path`."""
        self._found({name: path[name] for name in self.names})

    def _found(self, arguments: dict[str, Any]) -> Any:
        if self.paged:
            arguments["page"] = PageAsked(arguments.pop("limit", USUAL_PAGE), arguments.pop("after", ""))
        found = self.get.query(**arguments)
        if found is None:
            raise NotFound
        return found


class Writing:
    """An action at an address."""

    def __init__(self, send: Send, reading: Reading | None, parent: Reading | None) -> None:
        self.send, self.parent, self.function = send, parent, send.action
        # What an If-Match is compared with: the answer of a GET at the same address.
        self.reading = reading if send.method != "POST" else None
        names = path_names(send.path)
        self.answer: Answer = answer_of(send.action, send.answer, send.money)
        self.body: Schema = _body_of(send, {*names, *send.fixed, KEY_ARGUMENT})
        self.own_key = KEY_ARGUMENT in inspect.signature(send.action).parameters
        self.is_command = hasattr(send.action, "permission")
        self.takes_key = self.own_key or (self.is_command and send.method == "POST")
        if self.is_command:
            self._plainly = command(permission_of(send))(self._effect)
            self._once = command(permission_of(send), idempotent=True)(_named(self._effect, send))

    def documented(self, name: str, scope: str) -> dict[str, Any]:
        """Its place in the OpenAPI document."""
        return documents.writing(
            name,
            self.send,
            scope,
            body=self.body,
            answer=self.answer,
            takes_key=self.takes_key,
            takes_match=self.reading is not None,
        )

    def respond(self, path: Mapping[str, Any]) -> Response:
        """Act, once for each key, and answer."""
        arguments = {**self._read(), **path}
        key = request.headers.get(KEY_HEADER, "") if self.takes_key else ""
        if self.send.moves_money and not key:
            raise KeyNeeded
        if self.own_key or not self.is_command:
            return self._said(
                self._effect(path=path, **arguments, **({KEY_ARGUMENT: key} if self.own_key else {}))
            )
        if not key:
            return self._said(self._plainly(path=path, **arguments))
        g.carried_out = False
        said = self._once(idempotency_key=key, path=path, **arguments)
        response = self._said(said)
        if not g.carried_out:
            response.headers[REPLAYED_HEADER] = "true"
        return response

    def _read(self) -> dict[str, Any]:
        given = parser.parse(self.body, request, location="json")
        return {self.send.whole: given} if self.send.whole else dict(given)

    def _effect(self, *, path: Mapping[str, Any], **arguments: Any) -> Any:
        """Inside the transaction: the thing is still what the writer knows, and then the action."""
        g.carried_out = True
        if self.parent is not None:
            self.parent.require(path)
        if self.reading is not None:
            require_match(self.reading.get, functools.partial(self.reading.document, path), path)
        return self.answer.document(self.send.action(**arguments, **self.send.fixed))

    def _said(self, document: Any) -> Response:
        if document is None:
            return Response(status=204)
        made = self.send.method == "POST" and set(document) == {"id"}
        return Response(json.dumps(document), 201 if made else 200, mimetype="application/json")


def _body_of(send: Send, without: Collection[str]) -> Schema:
    if send.whole:
        return schema_of(typing.get_type_hints(send.action)[send.whole], send.money)()
    return schema_of_call(send.action, without, money=send.money)()


def _named(effect: Callable[..., Any], send: Send) -> Callable[..., Any]:
    """A key belongs to the action and the address that it was used for."""

    def run(**arguments: Any) -> Any:
        return effect(**arguments)

    run.__module__, run.__qualname__ = send.action.__module__, f"{send.action.__qualname__} {send.path}"
    return run
