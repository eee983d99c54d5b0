"""What goes over the wire as Stripe writes it: nested form fields in, objects and error bodies out."""

from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


class Problem(Exception):
    """An answer that is an error; `validation` is one that was found before anything was carried out."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        validation: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.validation = validation
        error: Json = {"type": kind, "message": message}
        if code:
            error |= {
                "code": code,
                "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            }
        if param:
            error["param"] = param
        self.body: Json = {"error": error | more}


def refused(message: str, *, code: str = "", param: str = "") -> Problem:
    """A 400 that was found while the request was carried out."""
    return Problem(400, message, code=code, param=param)


def form_fields(text: str) -> Json:
    """`a[b][0][c]=v&a[d][]=w` as nested values; everything stays text, the types are read elsewhere."""
    root: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [part.rstrip("]") for part in name.split("[")]
        place = root
        for step in path[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise Problem(400, f"Invalid hash: {name}", param=name, validation=True)
        place[path[-1] or str(len(place))] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
