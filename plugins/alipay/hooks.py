"""The hooks of Alipay: one gateway."""

from core.sdk.hooks import hookimpl
from core.sdk.payments import PaymentGateway
from plugins.alipay.gateway import AlipayGateway


@hookimpl
def declare_payment_gateways() -> PaymentGateway:
    """Alipay, with the shop's own application."""
    return AlipayGateway()
