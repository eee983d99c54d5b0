"""Ways to be paid: what a plugin implements to bring a payment provider, declared with `declare_payment_gateways`."""

from core.commerce.payments.gateways.interface import NOTIFICATION_TOLERANCE as NOTIFICATION_TOLERANCE
from core.commerce.payments.gateways.interface import AccountFacts as AccountFacts
from core.commerce.payments.gateways.interface import CredentialField as CredentialField
from core.commerce.payments.gateways.interface import Device as Device
from core.commerce.payments.gateways.interface import GatewayCredentials as GatewayCredentials
from core.commerce.payments.gateways.interface import GatewayDispute as GatewayDispute
from core.commerce.payments.gateways.interface import GatewayProfile as GatewayProfile
from core.commerce.payments.gateways.interface import GatewayRefused as GatewayRefused
from core.commerce.payments.gateways.interface import GatewayTransaction as GatewayTransaction
from core.commerce.payments.gateways.interface import GatewayUnavailable as GatewayUnavailable
from core.commerce.payments.gateways.interface import Notification as Notification
from core.commerce.payments.gateways.interface import NotificationRefused as NotificationRefused
from core.commerce.payments.gateways.interface import PaymentGateway as PaymentGateway
from core.commerce.payments.gateways.interface import PaymentMethod as PaymentMethod
from core.commerce.payments.gateways.interface import PaymentRequest as PaymentRequest
from core.commerce.payments.gateways.interface import PaymentStart as PaymentStart
from core.commerce.payments.gateways.interface import PaymentState as PaymentState
from core.commerce.payments.gateways.interface import PaymentStatus as PaymentStatus
from core.commerce.payments.gateways.interface import RefundRequest as RefundRequest
from core.commerce.payments.gateways.interface import RefundState as RefundState
