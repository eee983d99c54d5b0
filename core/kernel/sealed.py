"""Values that lie encrypted in the database: sealed for one shop and one purpose, with keys that can be replaced.

A sealed text is `sealed1:<key id>:<base64 of nonce and ciphertext>`, AES-256-GCM; shop and purpose are its associated
data, so that it opens nowhere but in its own shop and column. Text without that beginning was written before values were
sealed and is read as it is; `pinpu reseal` seals it.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope

BEGINNING = "sealed1:"
_NONCE = 12


class NoSealingKey(PinpuError, DontWrapMixin):
    """A secret was to be kept by an installation that has no key to seal it with."""

    code = "kernel.no_sealing_key"
    status = 503
    message = N_("Secrets cannot be kept here yet: this installation has no key to seal them with.")
    fix = N_("Whoever runs it sets PINPU_SECRET_KEYS and starts it again.")


class SealBroken(PinpuError, DontWrapMixin):
    """A sealed value that none of the keys opens: a key is missing, or the value was moved or changed."""

    code = "kernel.seal_broken"
    status = 503
    message = N_("A secret of this shop cannot be read: the key that sealed it is missing.")
    fix = N_("Whoever runs the installation adds the former key to PINPU_SECRET_KEYS.")


class Keyring:
    """The keys of an installation: the first seals, every one opens. Texts of any length; each becomes a key."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        derived = [sha256(b"pinpu sealed values\0" + key.encode()).digest() for key in keys]
        self._keys = {sha256(b"id\0" + key).hexdigest()[:12]: key for key in derived}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def seal(self, text: str, *, shop_id: int, purpose: str) -> str:
        """The sealed text; raises NoSealingKey."""
        if not self._keys:
            raise NoSealingKey
        name, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(_NONCE)
        hidden = nonce + _cipher(key).encrypt(nonce, text.encode(), _bound_to(shop_id, purpose))
        return f"{BEGINNING}{name}:{base64.b64encode(hidden).decode()}"

    def open(self, sealed: str, *, shop_id: int, purpose: str) -> str:
        """What was sealed; text that was never sealed is answered as it is. Raises SealBroken."""
        if not is_sealed(sealed):
            return sealed
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see _cipher

        name, _, hidden = sealed.removeprefix(BEGINNING).partition(":")
        try:
            key, raw = self._keys[name], base64.b64decode(hidden, validate=True)
            opened: bytes = _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], _bound_to(shop_id, purpose))
        except (KeyError, ValueError, InvalidTag) as error:
            raise SealBroken from error
        return opened.decode()

    def is_newest(self, text: str) -> bool:
        """Whether `text` is sealed with the key that seals now."""
        return text.startswith(f"{BEGINNING}{next(iter(self._keys), '?')}:")


def is_sealed(text: str) -> bool:
    """Whether a stored text is a sealed one."""
    return text.startswith(BEGINNING)


def _cipher(key: bytes) -> Any:
    # 35 ms and some megabytes, which only processes of shops with secrets pay.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


def _bound_to(shop_id: int, purpose: str) -> bytes:
    return f"{shop_id}\0{purpose}".encode()


_keyring = Keyring()


def install_keyring(keyring: Keyring) -> None:
    """Let this process seal and open with `keyring`."""
    global _keyring
    _keyring = keyring


def keyring() -> Keyring:
    """The process's keys; none before boot."""
    return _keyring


class SealedText(TypeDecorator[str]):
    """A text column whose values are sealed for the bound shop; "" stays empty. `purpose` names the column for good."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal on the way in."""
        if not value:
            return value
        return _keyring.seal(value, shop_id=current_scope().shop_id, purpose=self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        if not value:
            return value
        return _keyring.open(value, shop_id=current_scope().shop_id, purpose=self.purpose)


class SealedJson(TypeDecorator[Any]):
    """A JSONB column that holds one sealed text of JSON; {} stays empty. `purpose` names the column for good."""

    impl = JSONB
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Seal on the way in."""
        if not value:
            return value
        return _keyring.seal(json.dumps(value), shop_id=current_scope().shop_id, purpose=self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open on the way out."""
        if not isinstance(value, str):
            return value
        return json.loads(_keyring.open(value, shop_id=current_scope().shop_id, purpose=self.purpose))
