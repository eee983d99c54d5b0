"""Payments and refunds: one completion path, whatever the gateway."""
