"""Signatures as Standard Webhooks defines them."""

from datetime import UTC, datetime

from core.commerce.webhooks.signing import new_secret, signature, signed_headers


def test_signature_is_that_of_the_published_example():
    """The example of standardwebhooks.com's own libraries."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_key_signs_and_secrets_are_no_two_alike():
    keys = [new_secret(), new_secret()]
    made = signed_headers(keys, message_id="m", at=datetime(2026, 11, 22, tzinfo=UTC), body=b"{}")
    assert made["webhook-signature"].split() == [
        signature(one, message_id="m", timestamp=1_795_305_600, body=b"{}") for one in keys
    ]
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("m", "1795305600")
    assert len({*keys}) == 2
