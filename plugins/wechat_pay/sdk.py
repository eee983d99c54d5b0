"""WeChat Pay's library, told where the API lives; imported with the first call only, since it is heavy."""

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from plugins.wechat_pay.keys import in_pem

# No answer, or none that is HTTP.
SILENCE = (requests.RequestException,)
NATIVE, H5 = WeChatPayType.NATIVE, WeChatPayType.H5
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
# Whoever sends notifications with made-up serial numbers must not make us ask for certificates each time.
_ASK_AGAIN_SECONDS = 60.0
_ASK_AGAIN_AFTER_FAILURE_SECONDS = 5.0


class AnswerNotVerifiedError(Exception):
    """An answer or a notification whose signature is not WeChat Pay's, for as much as we can tell."""


class _Core(Core):  # type: ignore[misc]
    """The library's engine at another address, which asks for platform certificates only when it meets one."""

    _certificates: list[Any]

    def __init__(self, address: str, **options: Any) -> None:
        self._address = address.rstrip("/")
        self._asking = Lock()
        self._ask_again_at = float("-inf")
        super().__init__(**options)

    @property
    def _gate_way(self) -> str:
        return self._address

    @_gate_way.setter
    def _gate_way(self, _address: str) -> None:
        """The library sets its own address when it is made; ours stays."""

    def _init_certificates(self) -> None:
        """Not when it is made, which would ask WeChat Pay while a form is shown."""

    def _update_certificates(self) -> None:
        with self._asking:
            if time.monotonic() < self._ask_again_at:
                return
            known = list(self._certificates)
            wait = _ASK_AGAIN_AFTER_FAILURE_SECONDS
            try:
                super()._update_certificates()
                wait = _ASK_AGAIN_SECONDS if self._certificates else wait
            finally:
                self._ask_again_at = time.monotonic() + wait
                self._certificates = self._certificates or known

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        try:
            verified = super()._verify_signature(headers, body)
        except requests.RequestException:
            raise
        except Exception as error:
            raise AnswerNotVerifiedError(str(error)) from error
        if not verified:
            raise AnswerNotVerifiedError("wrong signature")
        return True


class Client(WeChatPay):  # type: ignore[misc]
    """One merchant's client; safe for several threads. Raises ValueError where a key cannot be read."""

    def __init__(self, address: str, values: Mapping[str, str]) -> None:
        # Not the parent's: it would ask WeChat Pay for certificates at once, and at its own address.
        self._type = NATIVE
        self._mchid, self._appid = values["mchid"], values["appid"]
        self._notify_url = None
        self._partner_mode = False
        public_key = in_pem(values.get("public_key", ""), "PUBLIC KEY")
        try:
            self._core = _Core(
                address,
                mchid=self._mchid,
                cert_serial_no=values["serial"],
                private_key=in_pem(values["private_key"], "PRIVATE KEY"),
                apiv3_key=values["api_v3_key"],
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                public_key=public_key or None,
                public_key_id=values["public_key_id"] if public_key else None,
            )
        except Exception as error:
            raise ValueError(str(error)) from error
