"""Alipay's library, told where the API lives; imported with the first call only, since it is heavy."""

from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.request import urlopen

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig

from plugins.alipay.keys import in_pem

SECONDS = 10.0
# No answer, or none that is HTTP.
SILENCE: tuple[type[Exception], ...] = (OSError, HTTPException)
# An answer without a signature: Alipay could not tell who asked, or is out of order.
UNSIGNED = AliPayException
# An answer whose signature is not Alipay's, or that is none.
NOT_VERIFIED: tuple[type[Exception], ...] = (AliPayValidationError, ValueError, AttributeError, LookupError)


class Client(AliPay):  # type: ignore[misc]
    """One application's client; safe for several threads. Raises ValueError where a key cannot be read."""

    def __init__(self, address: str, values: Mapping[str, str]) -> None:
        try:
            super().__init__(
                appid=values["app_id"],
                app_private_key_string=in_pem(values["private_key"], "PRIVATE KEY"),
                alipay_public_key_string=in_pem(values["public_key"], "PUBLIC KEY"),
                sign_type="RSA2",
                config=AliPayConfig(timeout=SECONDS),
            )
            self.sign_data({"try": "the key"})
        except (ValueError, IndexError, TypeError) as error:
            raise ValueError(str(error)) from error
        self._gateway = address

    def page(self, method: str, question: Mapping[str, Any], **more: str) -> str:
        """The signed address of one of Alipay's own pages."""
        return f"{self._gateway}?{self.client_api(method, dict(question), **more)}"


def fetched(address: str, most: int) -> bytes:
    """The file at an address that Alipay gave, of at most `most` bytes. Raises OSError, ValueError, HTTPException."""
    if not address.startswith(("https://", "http://")):
        raise ValueError("not an address")
    with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - looked at just above
        content = bytes(answer.read(most + 1))
    if len(content) > most:
        raise ValueError("too large")
    return content
