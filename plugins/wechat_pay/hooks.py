"""The hooks of WeChat Pay: one gateway."""

from core.sdk.hooks import hookimpl
from core.sdk.payments import PaymentGateway
from plugins.wechat_pay.gateway import WeChatPayGateway


@hookimpl
def declare_payment_gateways() -> PaymentGateway:
    """WeChat Pay, with the shop's own merchant number."""
    return WeChatPayGateway()
