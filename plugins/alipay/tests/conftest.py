"""What tests of Alipay share: the stand-in, and the gateway before it."""

from collections.abc import Iterator

import pytest

from plugins.alipay.gateway import AlipayGateway
from plugins.alipay.tests.provider import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def alipay() -> AlipayGateway:
    return AlipayGateway()
