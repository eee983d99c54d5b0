"""What WeChat Pay is to a merchant: the form of its credentials and where its API lives."""

from core.sdk.payments import CredentialField, GatewayProfile
from core.sdk.words import N_

# WeChat Pay has no place to practise: its API of version 3 exists once, and moves money.
PROFILE = GatewayProfile(
    name="wechat_pay",
    label=N_("WeChat Pay"),
    methods=("wechat_pay",),
    fields=(
        CredentialField(
            "mchid",
            N_("Merchant number"),
            secret=False,
            help=N_(
                "Ten digits. In the WeChat Pay merchant platform: Account centre → Merchant information."
            ),
        ),
        CredentialField(
            "appid",
            N_("App ID"),
            secret=False,
            help=N_("Of the official account or mini program that is linked to the merchant number: wx…"),
        ),
        CredentialField(
            "serial",
            N_("Certificate serial number"),
            secret=False,
            help=N_("40 characters. Account centre → API security → Merchant API certificate."),
        ),
        CredentialField(
            "private_key",
            N_("Merchant private key"),
            multiline=True,
            help=N_("All of the file apiclient_key.pem that came with the certificate."),
        ),
        CredentialField(
            "api_v3_key",
            N_("APIv3 key"),
            help=N_("The 32 characters that you set under Account centre → API security → APIv3 key."),
        ),
        CredentialField(
            "public_key_id",
            N_("WeChat Pay public key ID"),
            secret=False,
            required=False,
            help=N_("PUB_KEY_ID_… Account centre → API security → WeChat Pay public key."),
        ),
        CredentialField(
            "public_key",
            N_("WeChat Pay public key"),
            secret=False,
            multiline=True,
            required=False,
            help=N_(
                "All of the file pub_key.pem. Leave it and its ID empty only if your account has none: then WeChat "
                "Pay's platform certificates are fetched."
            ),
        ),
    ),
    base_urls={"live": "https://api.mch.weixin.qq.com"},
    currencies=("CNY",),
    summary=N_(
        "Straight into your own WeChat Pay merchant account: a code to scan on a computer, the app on a phone."
    ),
    guide="https://pay.weixin.qq.com/doc/v3/merchant/4013070756",
)
