"""Invariants that must hold in every shop at every moment, asked of live data in one statement each; see `pinpu audit`."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from core.commerce.shops.queries import directory, scope_of
from core.kernel.catalog_check import ForeignKey, foreign_keys, offences
from core.kernel.db import app_engine, reading, session
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound

# Rows that one finding names; more are counted.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule: its code, what it says, and the statement that finds rows (thing, said) which break it in one shop."""

    code: str
    rule: str
    statement: TextClause


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that breaks a rule: `shop` is its handle ("" for the database itself), `thing` names the row."""

    code: str
    shop: str
    thing: str
    said: str


def _sql(code: str, rule: str, statement: str) -> Invariant:
    return Invariant(code, rule, text(statement))


INVARIANTS = (
    _sql(
        "A1",
        "In each currency, all accounts together have as many debits as credits.",
        "SELECT 'ledger, ' || currency, 'debits ' || sum(debits) || ', credits ' || sum(credits) FROM ledger_account"
        " WHERE shop_id = :shop_id GROUP BY currency HAVING sum(debits) <> sum(credits)",
    ),
    _sql(
        "A2",
        "An account's turnover is the sum of its transfers.",
        "SELECT 'account ' || a.code || ', ' || a.currency,"
        " 'debits ' || a.debits || ' and credits ' || a.credits || ', by transfers ' || coalesce(t.debits, 0)"
        "   || ' and ' || coalesce(t.credits, 0)"
        " FROM ledger_account a LEFT JOIN (SELECT account, sum(debits) AS debits, sum(credits) AS credits FROM ("
        "   SELECT debit_id AS account, amount AS debits, 0 AS credits FROM ledger_transfer WHERE shop_id = :shop_id"
        "   UNION ALL SELECT credit_id, 0, amount FROM ledger_transfer WHERE shop_id = :shop_id) one GROUP BY account) t"
        " ON t.account = a.id WHERE a.shop_id = :shop_id"
        " AND (a.debits <> coalesce(t.debits, 0) OR a.credits <> coalesce(t.credits, 0))",
    ),
    _sql(
        "A3",
        "A pool counts exactly what is reserved and confirmed in it, and never more than it holds.",
        "SELECT 'pool ' || p.owner || '/' || p.kind || '/' || p.subject,"
        " 'reserved ' || p.reserved || ', confirmed ' || p.confirmed || ', by reservations ' || coalesce(r.held, 0)"
        "   || ' and ' || coalesce(r.confirmed, 0) || ', capacity ' || coalesce(p.capacity::text, 'open')"
        " FROM reservations_pool p LEFT JOIN (SELECT pool_id,"
        "   sum(quantity) FILTER (WHERE state = 'held') AS held,"
        "   sum(quantity) FILTER (WHERE state = 'confirmed') AS confirmed"
        "   FROM reservations_reservation WHERE shop_id = :shop_id GROUP BY pool_id) r ON r.pool_id = p.id"
        " WHERE p.shop_id = :shop_id AND (p.reserved <> coalesce(r.held, 0) OR p.confirmed <> coalesce(r.confirmed, 0)"
        "   OR p.reserved < 0 OR p.confirmed < 0 OR p.reserved + p.confirmed > p.capacity)",
    ),
    _sql(
        "A4",
        "A pool that must fill is closed as filled exactly when enough units in it are paid.",
        "SELECT 'pool ' || owner || '/' || kind || '/' || subject,"
        " confirmed || ' of ' || threshold || ' paid, closed as ' || coalesce(closed_as, 'open')"
        " FROM reservations_pool WHERE shop_id = :shop_id AND threshold IS NOT NULL"
        " AND (closed_as = 'filled' AND confirmed < threshold OR closed_as IS NULL AND confirmed >= threshold)",
    ),
    _sql(
        "A4",
        "No paid order waits for a pool that is closed.",
        "SELECT 'order ' || o.number, 'waits for a pool that is closed as ' || p.closed_as FROM orders_hold h"
        " JOIN orders_order o ON o.shop_id = h.shop_id AND o.id = h.order_id"
        " JOIN reservations_pool p ON p.shop_id = h.shop_id AND p.id = h.pool_id"
        " WHERE h.shop_id = :shop_id AND h.state = 'waiting' AND p.closed_as IS NOT NULL",
    ),
    _sql(
        "A5",
        "An order counts exactly the holds that keep it from shipping.",
        "SELECT 'order ' || o.number, 'counts ' || o.holds_open || ' holds, has ' || coalesce(h.waiting, 0)"
        " FROM orders_order o LEFT JOIN (SELECT order_id, count(*) AS waiting FROM orders_hold"
        "   WHERE shop_id = :shop_id AND state = 'waiting' GROUP BY order_id) h ON h.order_id = o.id"
        " WHERE o.shop_id = :shop_id AND o.holds_open <> coalesce(h.waiting, 0)",
    ),
    _sql(
        "A6",
        "An order keeps one payment of its total at most, and gives back what its refunds say and no more.",
        "SELECT 'order ' || o.number, 'total ' || o.total_minor || ', captured ' || o.captured_minor || ' by '"
        "   || coalesce(p.payments, 0) || ' payments of ' || coalesce(p.amount, 0) || ', refunded ' || o.refunded_minor"
        "   || ' by refunds of ' || coalesce(r.amount, 0)"
        " FROM orders_order o LEFT JOIN (SELECT order_id, count(*) AS payments, sum(amount_minor) AS amount"
        "   FROM payments_payment WHERE shop_id = :shop_id AND state = 'captured' AND NOT surplus GROUP BY order_id) p"
        "   ON p.order_id = o.id"
        " LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount FROM payments_refund"
        "   WHERE shop_id = :shop_id AND cause <> 'surplus' GROUP BY order_id) r ON r.order_id = o.id"
        " WHERE o.shop_id = :shop_id AND (coalesce(p.payments, 0) > 1 OR o.captured_minor > o.total_minor"
        "   OR o.captured_minor <> coalesce(p.amount, 0) OR o.refunded_minor <> coalesce(r.amount, 0)"
        "   OR o.refunded_minor > o.captured_minor)",
    ),
    _sql(
        "A9",
        "An order is paid exactly when it keeps a payment, and says how much of it went back.",
        "SELECT 'order ' || number, financial || ', captured ' || captured_minor || ', refunded ' || refunded_minor"
        " FROM orders_order WHERE shop_id = :shop_id AND total_minor > 0 AND financial <> CASE"
        "   WHEN captured_minor = 0 THEN 'unpaid' WHEN refunded_minor = 0 THEN 'paid'"
        "   WHEN refunded_minor < captured_minor THEN 'partly_refunded' ELSE 'refunded' END",
    ),
    _sql(
        "A9",
        "Every captured payment and every refund is in the ledger, once, with its amount.",
        "SELECT w.thing, 'the ledger has ' || coalesce(t.amount::text, 'nothing') || ' instead of ' || w.amount FROM ("
        "   SELECT 'payment ' || id AS thing, 'capture' AS purpose, 'payment:' || id AS source, amount_minor AS amount"
        "   FROM payments_payment WHERE shop_id = :shop_id AND state = 'captured'"
        "   UNION ALL SELECT 'refund ' || id, 'refund', 'refund:' || id, amount_minor FROM payments_refund"
        "   WHERE shop_id = :shop_id"
        "   UNION ALL SELECT 'refund ' || id, 'refund_settled', 'refund:' || id, amount_minor FROM payments_refund"
        "   WHERE shop_id = :shop_id AND state = 'done') w"
        " LEFT JOIN ledger_transfer t ON t.shop_id = :shop_id AND t.purpose = w.purpose AND t.source = w.source"
        " WHERE t.amount IS DISTINCT FROM w.amount",
    ),
    _sql(
        "A9",
        "Nothing is in the ledger as a capture or refund that is none.",
        "SELECT 'transfer ' || t.purpose || ' ' || t.source, 'moved ' || t.amount || ' for nothing'"
        " FROM ledger_transfer t"
        " LEFT JOIN payments_payment p ON p.shop_id = :shop_id AND t.source = 'payment:' || p.id AND p.state = 'captured'"
        " LEFT JOIN payments_refund r ON r.shop_id = :shop_id AND t.source = 'refund:' || r.id"
        "   AND (t.purpose = 'refund' OR r.state = 'done')"
        " WHERE t.shop_id = :shop_id AND t.purpose IN ('capture', 'refund', 'refund_settled')"
        " AND p.id IS NULL AND r.id IS NULL",
    ),
    _sql(
        "A12",
        "What others owe for discounts is their whole share of a paid order, less as units go back, nothing if cancelled.",
        "SELECT 'order ' || o.number || ', ' || w.party, 'booked ' || w.booked || ', the share is ' || w.share FROM ("
        "   SELECT order_id, party, sum(share) AS share, sum(booked) AS booked FROM ("
        "     SELECT a.order_id, f.key AS party, a.amount_minor * f.value::bigint / 10000 AS share, 0 AS booked"
        "     FROM orders_adjustment a CROSS JOIN LATERAL jsonb_each_text(a.funding) f"
        "     WHERE a.shop_id = :shop_id AND a.kind = 'discount' AND f.key <> 'merchant'"
        "     UNION ALL SELECT t.order_id, substr(c.code, 9), 0,"
        "       CASE WHEN t.purpose = 'subsidy' THEN t.amount ELSE -t.amount END FROM ledger_transfer t"
        "     JOIN ledger_account c ON c.shop_id = :shop_id"
        "       AND c.id = CASE WHEN t.purpose = 'subsidy' THEN t.debit_id ELSE t.credit_id END"
        "     WHERE t.shop_id = :shop_id AND t.purpose IN ('subsidy', 'subsidy_back')) one GROUP BY order_id, party) w"
        " JOIN orders_order o ON o.shop_id = :shop_id AND o.id = w.order_id"
        " WHERE w.booked < 0 OR w.booked > w.share"
        "   OR (o.lifecycle = 'cancelled' OR o.paid_at IS NULL) AND w.booked <> 0"
        "   OR o.lifecycle <> 'cancelled' AND o.paid_at IS NOT NULL AND o.refunded_minor = 0 AND w.booked <> w.share",
    ),
)  # fmt: skip


def findings(handle: str | None = None) -> Iterator[Finding]:
    """Every breach in the database's catalog and in each open shop (or the one called `handle`)."""
    with app_engine().connect() as connection:
        for offence in offences(connection):
            yield Finding("catalog", "", offence.thing, offence.rule)
        checks = (*INVARIANTS, *map(_orphans, foreign_keys(connection)))
    for shop_id, name in directory():
        scope = scope_of(shop_id) if handle in (None, name) else None
        if scope is not None:
            yield from _breaches(scope, checks)


def _breaches(scope: ShopScope, checks: tuple[Invariant, ...]) -> Iterator[Finding]:
    with shop_bound(scope, SYSTEM), reading():
        for check in checks:
            rows = session().execute(check.statement, {"shop_id": scope.shop_id}).all()
            for thing, said in rows[:_NAMED]:
                yield Finding(check.code, scope.handle, str(thing), str(said))
            if len(rows) > _NAMED:
                yield Finding(check.code, scope.handle, f"{len(rows) - _NAMED} more rows", check.rule)


def _orphans(key: ForeignKey) -> Invariant:
    """A11 for one foreign key: it may have been switched off, or never validated."""
    own = next(name for name in key.columns if name not in ("shop_id", "currency"))
    pairs = " AND ".join(
        f'child."{one}" = parent."{other}"'
        for one, other in zip(key.columns, key.target_columns, strict=True)
    )
    return _sql(
        "A11",
        "What a row refers to is there, in the same shop.",
        f"SELECT '{key.table} ' || child.id, '{own} ' || child.\"{own}\" || ' leads to no {key.target} of this shop'"  # noqa: S608
        f" FROM {_quoted(key.table)} child LEFT JOIN {_quoted(key.target)} parent ON {pairs}"
        f' WHERE child.shop_id = :shop_id AND child."{own}" IS NOT NULL AND parent.shop_id IS NULL',
    )


def _quoted(table: str) -> str:
    return ".".join(f'"{part}"' for part in table.split("."))
