"""Paying and giving back: start and check a payment, keep a capture, end a pool, refund until settled."""
