"""What a part brings to the public API, as values: rooms of addresses, each bound to a query or to an action.

An address that reads is a `Get`: its answer and its filters are the query's own type hints. An address that writes is a
`Send`: its body is the action's own keyword arguments, its scope the permission of the action's `@command`. Nothing is
said twice, so nothing can disagree: `core.web.api` makes schemas, checks, documentation and answers of these values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

Row = TypeVar("Row")

USUAL_PAGE, LARGEST_PAGE = 50, 100


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which part of a list a program asks for: at most `size` rows, behind the cursor `after` ("" begins)."""

    size: int = USUAL_PAGE
    after: str = ""


@dataclass(frozen=True, slots=True)
class ApiPage(Generic[Row]):
    """Rows of a list, and the cursor that leads on; "" at the end."""

    items: Sequence[Row]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Get:
    """An address that reads.

    Args:
        path: below the room, "/orders/<uuid:order_id>"; its arguments are those of the query by name.
        query: keyword arguments in (what the path does not give is a filter of the query string), a value out: a
            dataclass, a list of them, or an `ApiPage` where it takes `page: PageAsked`. None is answered with 404.
        scope: the permission that a token needs; in the storefront's API "buyer" (everybody) or "customer".
        row: the table whose row is locked while a writer's If-Match is compared with this answer.
        money: whole numbers of the answer that are amounts of the shop's currency and do not end in `_minor`.
    """

    path: str
    query: Callable[..., Any]
    scope: str
    row: type[Any] | None = field(default=None, kw_only=True)
    money: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Send:
    """An address that writes.

    Args:
        method: POST makes or does something; PUT replaces, PATCH changes and DELETE removes what the path names.
        path: below the room; its arguments are those of the action by name.
        action: a `@command`; what the path does not give is the body. A function that is no command (it waits for
            another service between its transactions) says its `scope` here, and takes `idempotency_key` itself.
        answer: the name of a plain value that it returns; ids are "id", numbers "count" of themselves.
        moves_money: the program must send an Idempotency-Key.
        money: whole numbers of the body that are amounts of the shop's currency and do not end in `_minor`.
        whole: the argument whose own fields are the body, where an action takes one draft; else arguments are.
        stands_for: the action of the console that this one carries out with plainer arguments.
        fixed: arguments that this address always gives; they are not part of the body.
        body_limit: bytes that a body may have; None is the usual limit.
        example: a body as a program may send it, for the reference.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: str
    action: Callable[..., Any]
    scope: str = field(default="", kw_only=True)
    answer: str = field(default="", kw_only=True)
    moves_money: bool = field(default=False, kw_only=True)
    money: tuple[str, ...] = field(default=(), kw_only=True)
    whole: str = field(default="", kw_only=True)
    stands_for: Callable[..., Any] | None = field(default=None, kw_only=True)
    fixed: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    body_limit: int | None = field(default=None, kw_only=True)
    example: Mapping[str, Any] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRoom:
    """Addresses that belong together and stand together in the reference.

    `title` and `about` are message ids; `name` is the room's part of operation names, "orders".
    """

    name: str
    title: str
    about: str = ""
    routes: tuple[Get | Send, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfApi:
    """What a plugin brings: `admin` stands at /api/admin/v1/x/<plugin>/ for merchants' programs, `storefront` at
    /api/v1/x/<plugin>/ of every shop's host for buyers'; both answer 404 in shops where the plugin is off."""

    admin: ApiRoom | None = None
    storefront: ApiRoom | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCaller:
    """Whose token a program showed: the shop it is for, the staff member who made it, and what it was given."""

    token_id: Any
    shop_id: int
    staff_id: Any
    # As it stands in notes and in the record of changes: "沈青 · ERP".
    name: str
    scopes: frozenset[str]
