"""The test gateway: a payment provider that moves no money, as an HTTP service and program of its own."""

from core.testing.gateway.server import RunningGateway, in_thread, serve

__all__ = ["RunningGateway", "in_thread", "serve"]
