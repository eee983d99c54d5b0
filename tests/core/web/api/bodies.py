"""One fitting body for any address, made from its schema: enough to get past reading and to what it names."""

from datetime import UTC, datetime

from marshmallow import fields, validate

from core.kernel.ids import new_id
from core.rendering.api import Send
from core.web.api.fields import Base64, IdOrName, MoneyField, NumberOrWord, Seconds
from core.web.api.operations import Writing

_PLAIN = (
    (Base64, lambda: "bmFtZSxlbWFpbApBLGFAZXhhbXBsZS5jb20K"),
    (IdOrName, lambda: "home"),
    (NumberOrWord, lambda: "leave"),
    (Seconds, lambda: 3600),
    (fields.UUID, lambda: str(new_id())),
    (fields.AwareDateTime, lambda: datetime(2026, 5, 1, tzinfo=UTC).isoformat()),
    (fields.Date, lambda: "2026-05-01"),
    (fields.Integer, lambda: 1),
    (fields.Boolean, lambda: True),
    (fields.Float, lambda: 1.5),
    (fields.String, lambda: "x"),
)


# What an action looks at before it looks for what the address names.
_BY_NAME = {
    "colour": "red",
    "carrier": "sf",
    "tracking_number": "SF1234567890",
    "email": "a@example.com",
    "phone": "+8613800000000",
    "url": "https://93.184.216.34/hook",
    "target": "/",
    "rule": {"match": "all", "groups": []},
}


def value_of(field, currency="CNY"):
    """A value that this field takes."""
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            return next(iter(check.choices))
    if isinstance(field, MoneyField):
        return {"amount": 1, "currency": currency}
    if isinstance(field, fields.Nested):
        if type(field.schema).__name__ == "Window":
            return {"from_minute": 60, "to_minute": 120}
        return body_of(field.schema, currency)
    if isinstance(field, fields.List):
        return [value_of(field.inner, currency)]
    if isinstance(field, fields.Dict):
        if field.key_field is None or field.value_field is None:
            return {}
        return {str(value_of(field.key_field, currency)): value_of(field.value_field, currency)}
    return next((make() for kind, make in _PLAIN if isinstance(field, kind)), {})


def body_of(schema, currency="CNY"):
    """A body with everything that is required."""
    return {
        one.data_key or name: value_of(one, currency)
        for name, one in schema.fields.items()
        if one.required or name == "tracking_number"
    }


def request_of(operation, currency="CNY"):
    """`json=` and headers for one address."""
    if not isinstance(operation.declared, Send):
        return {}
    body = body_of(Writing(operation.declared, None, None).body, currency)
    key = {"Idempotency-Key": f"test-{new_id()}"} if operation.declared.moves_money else {}
    return {"json": body, "headers": key}
