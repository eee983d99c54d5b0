"""Unit: gateways by name."""

import pytest

from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for
from core.commerce.payments.gateways.test import PinpuTestGateway
from core.testing.gateway_fake import FakeGateway, gateway_in_use


def test_test_gateway_is_always_there():
    assert isinstance(gateway_for("test"), PinpuTestGateway)


def test_unknown_gateway_is_named():
    with pytest.raises(UnknownGateway) as refused:
        gateway_for("giro")
    assert refused.value.text == "The way to pay “giro” is not available here."


def test_fake_is_in_use_only_inside_the_block():
    fake = FakeGateway()
    with gateway_in_use(fake):
        assert gateway_for("test") is fake
    assert isinstance(gateway_for("test"), PinpuTestGateway)
