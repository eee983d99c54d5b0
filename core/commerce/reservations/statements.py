"""The statements that move a pool's counters, compiled once; `actions` is the only place that uses them."""

from sqlalchemy import ARRAY, TIMESTAMP, BigInteger, Text, Uuid, bindparam, text

from core.kernel.hot_statements import HotStatement

_WANTED = (
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("quantities", type_=ARRAY(BigInteger())),
)
# Locks the pools in key order, then takes the units only where they are still there.
TAKE = HotStatement(
    text(
        "WITH wanted AS (SELECT * FROM unnest(:ids, :quantities) AS w(pool_id, quantity)),"
        " locked AS (SELECT p.id, w.quantity FROM reservations_pool p JOIN wanted w ON w.pool_id = p.id"
        "            WHERE p.shop_id = :shop_id ORDER BY p.id FOR NO KEY UPDATE OF p)"
        " UPDATE reservations_pool p SET reserved = p.reserved + l.quantity FROM locked l"
        " WHERE p.shop_id = :shop_id AND p.id = l.id AND p.closed_as IS NULL"
        "   AND (p.deadline IS NULL OR p.deadline > :moment)"
        "   AND (p.capacity IS NULL OR p.reserved + p.confirmed + l.quantity <= p.capacity)"
        " RETURNING p.id"
    ).bindparams(*_WANTED),
    names=("id",),
)
PUT_BACK = HotStatement(
    text(
        "UPDATE reservations_pool p SET reserved = p.reserved - w.quantity"
        " FROM unnest(:ids, :quantities) AS w(pool_id, quantity)"
        " WHERE p.shop_id = :shop_id AND p.id = w.pool_id"
    ).bindparams(*_WANTED)
)
# One row for each pool and holder; a lapsed one lives again, and what is still kept is left alone.
NOTE = HotStatement(
    text(
        "INSERT INTO reservations_reservation"
        " (shop_id, id, pool_id, holder_kind, holder_id, quantity, state, expires_at, created_at)"
        " SELECT :shop_id, w.id, w.pool_id, :holder_kind, :holder_id, w.quantity, 'held', :expires_at, :moment"
        " FROM unnest(:new_ids, :ids, :quantities) AS w(id, pool_id, quantity)"
        " ON CONFLICT (shop_id, pool_id, holder_kind, holder_id) DO UPDATE"
        " SET state = 'held', quantity = excluded.quantity, expires_at = excluded.expires_at"
        " WHERE reservations_reservation.state = 'released'"
        " RETURNING id, pool_id, quantity"
    ).bindparams(
        *_WANTED,
        bindparam("new_ids", type_=ARRAY(Uuid())),
        bindparam("shop_id", type_=BigInteger),
        bindparam("holder_kind", type_=Text),
        bindparam("holder_id", type_=Uuid),
        bindparam("expires_at", type_=TIMESTAMP(timezone=True)),
        bindparam("moment", type_=TIMESTAMP(timezone=True)),
    ),
    names=("id", "pool_id", "quantity"),
)
