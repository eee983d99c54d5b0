"""What Alipay is to a merchant: the form of its credentials and where its API lives."""

from core.sdk.payments import CredentialField, GatewayProfile
from core.sdk.words import N_

PROFILE = GatewayProfile(
    name="alipay",
    label=N_("Alipay"),
    methods=("alipay",),
    fields=(
        CredentialField(
            "app_id",
            N_("App ID"),
            secret=False,
            help=N_("16 digits. At open.alipay.com: Console → your web application."),
        ),
        CredentialField(
            "private_key",
            N_("Application private key"),
            multiline=True,
            help=N_(
                "Made by the key tool together with the public key that you uploaded (RSA2). Nobody else has it."
            ),
        ),
        CredentialField(
            "public_key",
            N_("Alipay public key"),
            secret=False,
            multiline=True,
            help=N_("Development settings → Interface signing → Alipay public key (支付宝公钥)."),
        ),
    ),
    base_urls={
        "test": "https://openapi-sandbox.dl.alipaydev.com/gateway.do",
        "live": "https://openapi.alipay.com/gateway.do",
    },
    currencies=("CNY",),
    summary=N_("Straight into your own Alipay account: Alipay's page on a computer, its app on a phone."),
    guide="https://opendocs.alipay.com/common/02kipk",
)
