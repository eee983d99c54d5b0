"""The order in which rows are locked, stated once.

A transaction that locks several kinds of rows takes them in this order, each kind in ascending id:

1. the payment or refund row it is about
2. reservations: pools (core.commerce.reservations.actions locks them in id order)
3. orders: order rows (core.commerce.orders.actions.lock_orders)
4. after-sale: the case (core.commerce.aftersale.locking.locked_case takes 2 to 4 in one go)
5. ledger: account rows, by the transfer trigger

So a capture locks its payment, then the pools its order has units in, then the order; a pool's deadline locks the pool
with all pools of the orders it holds back, then those orders. Neither can wait for the other in a circle.

What a transaction learns only under its locks (the pool of a replacement, an order that joined a pool meanwhile) may come
out of order: PostgreSQL then ends one of two that wait for each other, and `@command` repeats it.
"""
