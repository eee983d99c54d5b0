"""A running stand-in and the real SDK that drives it."""

from collections.abc import Iterator

import pytest
import stripe

from tests.stripe_stand_in import StripeStandIn, stripe_stand_in


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StripeStandIn]:
    with stripe_stand_in() as running:
        yield running


@pytest.fixture
def client(stand_in):
    """`client("sk_test_tea")`: the SDK as that account; more options as the SDK has them."""

    def made(key: str = "sk_test_tea", **options):
        addresses = {"api": stand_in.base_url}
        return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=0, **options).v1

    return made
