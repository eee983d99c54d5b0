"""Everything limited: pools and reservations. Core counts, so that a plugin never writes race code.

Whatever changes something here joins the caller's transaction.
"""

from core.commerce.reservations.actions import close_pool as close_pool
from core.commerce.reservations.actions import confirm as confirm
from core.commerce.reservations.actions import ensure_pools as ensure_pools
from core.commerce.reservations.actions import forget as forget
from core.commerce.reservations.actions import limit_pools as limit_pools
from core.commerce.reservations.actions import lock_pool_and_those_of as lock_pool_and_those_of
from core.commerce.reservations.actions import locked_pool as locked_pool
from core.commerce.reservations.actions import release as release
from core.commerce.reservations.actions import reserve as reserve
from core.commerce.reservations.actions import transfer as transfer
from core.commerce.reservations.queries import PoolView as PoolView
from core.commerce.reservations.queries import ReservationView as ReservationView
from core.commerce.reservations.queries import pools as pools
from core.commerce.reservations.queries import reservations_in as reservations_in
from core.commerce.reservations.queries import reservations_of as reservations_of
from core.commerce.reservations.stock import stock_pool_id as stock_pool_id
from core.commerce.reservations.values import Holder as Holder
from core.commerce.reservations.values import NewPool as NewPool
from core.commerce.reservations.values import Want as Want
from core.commerce.reservations.values import pool_id as pool_id
