"""What Alipay refuses, in words for the merchant."""

from core.sdk.payments import GatewayRefused
from core.sdk.words import N_

# An account that cannot be opened with what was typed.
WRONG = "wrong_credentials"


class AppUnknown(GatewayRefused):
    """No such application in this mode."""

    field = "app_id"
    code = "alipay.app_unknown"
    message = N_("Alipay does not know this app ID here.")
    fix = N_(
        "Copy the app ID again. The sandbox has app IDs and keys of its own, which only work in test mode."
    )


class KeyUnreadable(GatewayRefused):
    """A key was not pasted whole, or is another file's."""

    field = "private_key"
    code = "alipay.key_unreadable"
    message = N_("The application's private key or Alipay's public key cannot be read.")
    fix = N_("Paste each key whole, as the key tool shows it, in the format RSA2 (2048 bits).")


class SignatureNotAccepted(GatewayRefused):
    """The public key that Alipay has is not that of our private key."""

    field = "private_key"
    code = "alipay.signature_not_accepted"
    message = N_("Alipay does not accept our signature.")
    fix = N_("Upload the public key of this very private key: Development settings → Interface signing.")


class AnswerNotVerified(GatewayRefused):
    """Alipay answered, but the public key that was typed says that it was not Alipay."""

    field = "public_key"
    code = "alipay.answer_not_verified"
    message = N_("Alipay's answer does not fit the public key that you gave.")
    fix = N_(
        "Paste Alipay's public key (支付宝公钥), not the application's: Development settings → Interface signing."
    )
