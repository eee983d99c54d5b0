"""Lists of customers and orders, segments and work in bulk: both benchmarks in one shop, which takes long to fill."""

from bench import customers, orders
from bench.orders_stage import shop_with_orders


def run() -> str:
    """Their tables; customers first, because orders are shipped by the second."""
    with shop_with_orders() as ready:
        return f"{customers.tables(ready)}\n\n{orders.tables(ready)}"
