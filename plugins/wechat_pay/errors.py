"""What WeChat Pay refuses, in words for the merchant."""

from core.sdk.payments import GatewayRefused
from core.sdk.words import N_

# An account that cannot be opened with what was typed.
WRONG = "wrong_credentials"


class KeyUnreadable(GatewayRefused):
    """A key was not pasted whole, or is another file's."""

    field = "private_key"
    code = "wechat_pay.key_unreadable"
    message = N_("The private key or the public key cannot be read.")
    fix = N_("Open apiclient_key.pem in a text editor and paste all of it, with its first and last line.")


class ApiKeyMisshapen(GatewayRefused):
    """The APIv3 key has always 32 characters."""

    field = "api_v3_key"
    code = "wechat_pay.api_key_misshapen"
    message = N_("The APIv3 key must have exactly 32 characters.")
    fix = N_("Copy it again, or set a new one: Account centre → API security → APIv3 key.")


class SignatureNotAccepted(GatewayRefused):
    """WeChat Pay does not know the certificate, or the key is not the certificate's."""

    field = "serial"
    code = "wechat_pay.signature_not_accepted"
    message = N_("WeChat Pay does not accept our signature.")
    fix = N_("Merchant number, certificate serial number and private key must belong together.")


class AnswerNotVerified(GatewayRefused):
    """WeChat Pay answered, but the public key that was typed says that it was not WeChat Pay."""

    field = "public_key"
    code = "wechat_pay.answer_not_verified"
    message = N_("WeChat Pay's answer does not fit the public key that you gave.")
    fix = N_(
        "Copy public key and public key ID again: Account centre → API security → WeChat Pay public key."
    )


class AppNotLinked(GatewayRefused):
    """The app ID is not linked to the merchant number."""

    field = "appid"
    code = "wechat_pay.app_not_linked"
    message = N_("This app ID is not linked to this merchant number.")
    fix = N_("Link them in the merchant platform: Product centre → AppID account management.")
