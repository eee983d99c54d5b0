"""Stripe's gateway at a stand-in that all tests of a file share; every test has accounts of its own."""

from collections.abc import Iterator

import pytest

from core.commerce.payments.gateways.interface import GatewayCredentials
from core.commerce.payments.gateways.stripe.gateway import StripeGateway
from core.kernel.ids import new_code
from tests.core.commerce.payments.gateways.stripe.at_stand_in import stripe_account, stripe_gateway
from tests.stripe_stand_in import StripeStandIn, stripe_stand_in


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StripeStandIn]:
    with stripe_stand_in() as running:
        yield running


@pytest.fixture
def gateway(stand_in: StripeStandIn) -> StripeGateway:
    return stripe_gateway(stand_in)


@pytest.fixture
def tea(stand_in: StripeStandIn) -> GatewayCredentials:
    return stripe_account(stand_in, f"tea_{new_code(8)}")


@pytest.fixture
def home(stand_in: StripeStandIn) -> GatewayCredentials:
    return stripe_account(stand_in, f"home_{new_code(8)}")
