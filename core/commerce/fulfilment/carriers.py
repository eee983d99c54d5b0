"""The carriers that a shop can name without typing; any other name is kept as it was typed."""

from dataclasses import dataclass

from core.kernel.i18n import N_, gettext

# Goods that the shop brings itself: there is no number to follow.
OWN_DELIVERY = "own"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: `code` is stored, `name` is shown in every language as the carrier writes it."""

    code: str
    name: str
    chinese: bool = False


CARRIERS = (
    Carrier("sf", "顺丰速运 SF Express", chinese=True),
    Carrier("zto", "中通快递 ZTO", chinese=True),
    Carrier("yto", "圆通速递 YTO", chinese=True),
    Carrier("yunda", "韵达快递 Yunda", chinese=True),
    Carrier("sto", "申通快递 STO", chinese=True),
    Carrier("jt", "极兔速递 J&T Express", chinese=True),
    Carrier("jd", "京东物流 JD Logistics", chinese=True),
    Carrier("ems", "中国邮政 EMS", chinese=True),
    Carrier("deppon", "德邦快递 Deppon", chinese=True),
    Carrier("dhl", "DHL"),
    Carrier("fedex", "FedEx"),
    Carrier("ups", "UPS"),
    Carrier("usps", "USPS"),
    Carrier("royal_mail", "Royal Mail"),
    Carrier("dpd", "DPD"),
    Carrier("canada_post", "Canada Post"),
    Carrier("australia_post", "Australia Post"),
    Carrier("japan_post", "Japan Post"),
)
_NAMES = {carrier.code: carrier.name for carrier in CARRIERS}


def carrier_name(stored: str) -> str:
    """What to show for the carrier of a shipment: a known one by its name, any other as it was typed."""
    if stored == OWN_DELIVERY:
        return gettext(N_("Own delivery"))
    return _NAMES.get(stored, stored)


def carrier_choices(language: str) -> list[tuple[str, str]]:
    """(code, name) of every carrier, those of the shop's part of the world first, own delivery last."""
    here = language.startswith("zh")
    ordered = sorted(CARRIERS, key=lambda carrier: carrier.chinese != here)
    return [
        *((carrier.code, carrier.name) for carrier in ordered),
        (OWN_DELIVERY, carrier_name(OWN_DELIVERY)),
    ]
