"""How single values travel in the API: text, whole numbers, instants, amounts of money, seconds, bytes."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.kernel.i18n import N_, _
from core.kernel.ids import as_id
from core.kernel.money import MAXIMUM_AMOUNT, Money
from core.kernel.tenancy import current_scope

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_LONGEST_TIME = 100 * 365 * 24 * 3600
_NOT_A_NUMBER = N_("Give a whole number.")
_NOT_A_MOMENT = N_("Give an instant with its offset, as in 2026-11-23T08:30:00Z.")


class WholeNumber(fields.Integer):
    """A whole number of at most twelve digits; in JSON a number, in an address its digits."""

    def __init__(self, *, as_text: bool = False, **more: Any) -> None:
        limits = validate.Range(min=-MAXIMUM_AMOUNT, max=MAXIMUM_AMOUNT)
        super().__init__(validate=more.pop("validate", limits), **more)
        self._as_text = as_text

    def _validated(self, value: Any) -> int:
        given = isinstance(value, str) if self._as_text else isinstance(value, (int, float))
        if not given or isinstance(value, bool) or (isinstance(value, str) and len(value) > 14):
            raise ValidationError(_(_NOT_A_NUMBER))
        if isinstance(value, float):
            if not value.is_integer():
                raise ValidationError(_(_NOT_A_NUMBER))
            value = int(value)
        try:
            return int(value)
        except ValueError:
            raise ValidationError(_(_NOT_A_NUMBER)) from None


class YesNo(fields.Boolean):
    """true or false, spelt so."""

    def __init__(self, *, as_text: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self._words = {"true": True, "false": False} if as_text else {}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> bool:
        if isinstance(value, str) and value in self._words:
            return self._words[value]
        if isinstance(value, bool) and not self._words:
            return value
        raise ValidationError(_("Give true or false."))


class Moment(fields.AwareDateTime):
    """An instant as RFC 3339; what we say is in UTC."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
                raise ValidationError(_(_NOT_A_MOMENT))
            return found.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError(_(_NOT_A_MOMENT)) from None


class Seconds(WholeNumber):
    """A stretch of time as whole seconds, up to a hundred years."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=[], **more)
        self.metadata = {"minimum": 0, "maximum": _LONGEST_TIME, **self.metadata}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return int(value.total_seconds()) if isinstance(value, timedelta) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        seconds = self._validated(value)
        if not 0 <= seconds <= _LONGEST_TIME:
            raise ValidationError(_(_NOT_A_NUMBER))
        return timedelta(seconds=seconds)


class Base64(fields.String):
    """Bytes, such as a file's, in base 64."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else base64.b64encode(value).decode()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return base64.b64decode(text or "", validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError(_("Give the file in base 64.")) from None


class IdOrName(fields.String):
    """Something that has an id, and for some also a name: "home" or an id."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        return as_id(str(text)) or text


class NumberOrWord(WholeNumber):
    """A whole number, or one of a few words that stand in its place."""

    def __init__(self, words: Sequence[str], **more: Any) -> None:
        more["metadata"] = {**more.get("metadata", {}), "type": ["integer", "string"]}
        super().__init__(validate=[], **more)
        self._words = tuple(words)

    def _validated(self, value: Any) -> Any:
        return value if value in self._words else super()._validated(value)


class MoneySchema(Schema):
    """An amount of money: whole minor units (cents, 分) of one currency."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    amount = WholeNumber(required=True, metadata={"description": "Minor units: 1250 is 12.50 CNY."})
    currency = fields.String(
        required=True,
        validate=validate.Regexp(r"^[A-Z]{3}\Z"),
        metadata={"description": "ISO 4217, the shop's own currency.", "example": "CNY"},
    )


class MoneyField(fields.Nested):
    """A `Money`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(MoneySchema, **more)

    def _serialize(self, nested_obj: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        return None if nested_obj is None else {"amount": nested_obj.minor, "currency": nested_obj.currency}

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        given = super()._deserialize(value, attr, data, partial, **kwargs)
        return Money(given["amount"], _own_currency(given))


class MinorUnits(MoneyField):
    """An amount that our code keeps as a whole number of minor units: in the shop's currency, or the owner's."""

    def _serialize(self, nested_obj: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        if nested_obj is None:
            return None
        found = obj.get("currency") if isinstance(obj, Mapping) else getattr(obj, "currency", None)
        return {"amount": nested_obj, "currency": found or current_scope().currency}

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> int:
        given = super()._deserialize(value, attr, data, partial, **kwargs)
        return int(given.minor)


def _own_currency(given: Mapping[str, Any]) -> str:
    own = current_scope().currency
    if given["currency"] != own:
        raise ValidationError({"currency": [_("This shop sells in %(currency)s.", currency=own)]})
    return own
