"""Unit: gateways by name."""

import pytest

from core.commerce.payments.gateways.interface import CredentialField, GatewayProfile, PaymentGateway
from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for, gateway_problems
from core.commerce.payments.gateways.test import PinpuTestGateway
from core.sdk import payments as door
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


def giro(**changes) -> FakeGateway:
    said = {
        "name": "giro",
        "label": "Giro",
        "methods": ("page",),
        "fields": (),
        "base_urls": {"live": "https://x"},
    }
    form = GatewayProfile(**said | changes)
    return FakeGateway(name=form.name, form=form)


def test_gateway_of_a_plugin_is_sound():
    """What `declare_payment_gateways` may bring: one, or several that begin with the plugin's name."""
    assert not list(gateway_problems("giro", giro()))
    assert not list(gateway_problems("giro", (giro(), giro(name="giro_instant"))))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "test"}, 'must be called "giro"'),
        ({"methods": ()}, "no method"),
        ({"base_urls": {}}, "neither a test nor a live address"),
        ({"fields": (CredentialField("key", "Key"), CredentialField("key", "Key"))}, "the same name"),
    ],
)
def test_unsound_gateway_of_a_plugin_is_named(changes, said):
    (problem,) = gateway_problems("giro", giro(**changes))
    assert said in problem


def test_what_is_no_gateway_is_not_taken_for_one():
    assert isinstance(giro(), PaymentGateway)
    assert not isinstance(object(), PaymentGateway)
    assert door.PaymentGateway is PaymentGateway
