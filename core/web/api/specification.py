"""The OpenAPI document of one audience: written when somebody first asks for it, because it costs a second."""

from collections.abc import Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any

from flask import Flask, Response, json
from flask_smorest import Api, Blueprint

from core.web.api.problems import MEDIA_TYPE, ProblemSchema


class LateApi(Api):  # type: ignore[misc]
    """A smorest Api whose blueprints answer at once and are documented later."""

    def __init__(self, app: Flask) -> None:
        self._undocumented: list[Blueprint] = []
        self._lock = Lock()
        super().__init__(app)
        for status in HTTPStatus:
            if status >= 400:
                said = {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": ProblemSchema}}}
                self.spec.components.response(problem_name(status), said, lazy=True)

    def mount(self, blueprint: Blueprint) -> None:
        """Let a blueprint answer."""
        self._app.register_blueprint(blueprint)
        self._undocumented.append(blueprint)

    def document(self) -> dict[str, Any]:
        """The whole document."""
        with self._lock:
            while self._undocumented:
                one = self._undocumented.pop()
                one.register_views_in_doc(self, self._app, self.spec, name=one.name, parameters=None)
            found: dict[str, Any] = self.spec.to_dict()
        return {**found, "paths": dict(sorted(found["paths"].items())), "tags": self._tags()}

    def _tags(self) -> list[Mapping[str, str]]:
        rooms = [one for one in self._app.blueprints.values() if isinstance(one, Blueprint)]
        return [{"name": one.title, "description": one.description} for one in rooms if hasattr(one, "title")]

    def _openapi_json(self) -> Response:
        return Response(json.dumps(self.document()), mimetype="application/json")


def problem_name(status: int) -> str:
    """The component that documents a problem's answer."""
    return f"Problem{int(status)}"
