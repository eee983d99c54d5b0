"""The carriers that a shop can name without typing; any other name is kept as it was typed."""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote

from core.kernel.i18n import N_, gettext

# Goods that the shop brings itself: there is no number to follow.
OWN_DELIVERY = "own"
_OWN_WORDS = ("own delivery", "self delivery", "own", "自己配送", "自配", "商家自配", "同城配送", "无需物流")
# Follows parcels of every Chinese carrier; most of their own pages take no number in the address.
_KUAIDI100 = "https://www.kuaidi100.com/chaxun?com={}&nu="


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: `code` is stored, `name` is shown in every language as the carrier writes it.

    `also` are other ways to write it in files; a tracking number behind `link` is the address of the carrier's page;
    `shape` matches numbers that nobody else gives out.
    """

    code: str
    name: str
    also: tuple[str, ...] = ()
    link: str = ""
    shape: str = ""
    chinese: bool = False


def _cn(code: str, name: str, there: str, *also: str, shape: str = "") -> Carrier:
    return Carrier(code, name, also, _KUAIDI100.format(there), shape, chinese=True)


CARRIERS = (
    _cn("sf", "顺丰速运 SF Express", "shunfeng", "顺丰", "顺丰快递", "SF", shape=r"SF\d{12,13}"),
    _cn("zto", "中通快递 ZTO", "zhongtong", "中通", "中通速递"),
    _cn("yto", "圆通速递 YTO", "yuantong", "圆通", "圆通快递", shape=r"YT\d{13}"),
    _cn("yunda", "韵达快递 Yunda", "yunda", "韵达", "韵达速递"),
    _cn("sto", "申通快递 STO", "shentong", "申通", "申通速递"),
    _cn(
        "jt", "极兔速递 J&T Express", "jtexpress", "极兔", "极兔快递", "J&T", "JT Express", shape=r"JT\d{13}"
    ),
    _cn("jd", "京东物流 JD Logistics", "jd", "京东", "京东快递", "JD", shape=r"JD[A-Z]{1,2}\d{11,12}"),
    _cn("ems", "中国邮政 EMS", "ems", "EMS", "邮政EMS", "邮政特快", "邮政特快专递", shape=r"E[A-Z]\d{9}CN"),
    _cn(
        "china_post", "邮政快递包裹 China Post", "youzhengguonei", "邮政", "中国邮政", "邮政包裹", "邮政快递"
    ),
    _cn("deppon", "德邦快递 Deppon", "debangkuaidi", "德邦", "德邦物流", shape=r"DPK\d{12}"),
    _cn("best", "百世快递 Best Express", "huitongkuaidi", "百世", "百世汇通"),
    _cn("danniao", "菜鸟速递 Danniao", "danniao", "丹鸟", "菜鸟直送", "菜鸟"),
    _cn("ky", "跨越速运 KYE", "kuayue", "跨越"),
    _cn("ane", "安能物流 ANE", "annengwuliu", "安能"),
    _cn("uc", "优速快递 UC Express", "youshuwuliu", "优速"),
    Carrier("dhl", "DHL", ("DHL Express", "敦豪"), "https://www.dhl.com/en/express/tracking.html?AWB="),
    Carrier(
        "fedex", "FedEx", ("Federal Express", "联邦", "联邦快递"), "https://www.fedex.com/fedextrack/?trknbr="
    ),
    Carrier(
        "ups", "UPS", ("United Parcel Service",), "https://www.ups.com/track?tracknum=", r"1Z[0-9A-Z]{16}"
    ),
    Carrier(
        "usps",
        "USPS",
        ("US Postal Service", "United States Postal Service"),
        "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
        r"9[2-5]\d{20}|[A-Z]{2}\d{9}US",
    ),
    Carrier(
        "royal_mail",
        "Royal Mail",
        ("皇家邮政",),
        "https://www.royalmail.com/track-your-item#/tracking-results/",
        r"[A-Z]{2}\d{9}GB",
    ),
    Carrier("dpd", "DPD", (), "https://tracking.dpd.de/status/en_US/parcel/"),
    Carrier("gls", "GLS", ("General Logistics Systems",), "https://gls-group.com/track/"),
    Carrier("evri", "Evri", ("Hermes",), "https://www.evri.com/track/parcel/"),
    Carrier(
        "la_poste",
        "La Poste",
        ("Colissimo",),
        "https://www.laposte.fr/outils/suivre-vos-envois?code=",
        r"[A-Z]{2}\d{9}FR",
    ),
    Carrier(
        "canada_post",
        "Canada Post",
        ("Postes Canada",),
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=",
        r"[A-Z]{2}\d{9}CA",
    ),
    Carrier(
        "australia_post",
        "Australia Post",
        ("AusPost",),
        "https://auspost.com.au/mypost/track/details/",
        r"[A-Z]{2}\d{9}AU",
    ),
    Carrier(
        "japan_post",
        "Japan Post",
        ("日本郵便", "日本邮政"),
        "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1=",
        r"[A-Z]{2}\d{9}JP",
    ),
    Carrier(
        "yunexpress",
        "云途物流 YunExpress",
        ("云途", "Yun Express"),
        "https://www.yuntrack.com/parcelTracking?id=",
        r"YT\d{16}",
    ),
    Carrier(
        "4px",
        "递四方 4PX",
        ("4PX Express", "递四方速递"),
        "https://track.4px.com/#/result/0/",
        r"4PX\d{13}CN",
    ),
    Carrier(
        "cainiao",
        "菜鸟国际 Cainiao",
        ("Cainiao Global", "AliExpress Standard"),
        "https://global.cainiao.com/newDetail.htm?mailNoList=",
        r"LP\d{14}",
    ),
    Carrier("yanwen", "燕文物流 Yanwen", ("燕文",), "https://track.yw56.com.cn/en/querydel?nums="),
)
_BY_CODE = {carrier.code: carrier for carrier in CARRIERS}
_SHAPES = [(carrier.code, re.compile(carrier.shape)) for carrier in CARRIERS if carrier.shape]
_POSTAL = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\-_.·、/()]+", "", folded)


def _ways_to_write(carrier: Carrier) -> list[str]:
    """Code, whole name, its Chinese and its Latin half, and what it is called besides."""
    first, _, rest = carrier.name.partition(" ")
    halves = (first, rest) if rest and not first.isascii() else ()
    return [carrier.code, carrier.name, *halves, *carrier.also]


_WORDS = {_plain(words): carrier.code for carrier in CARRIERS for words in _ways_to_write(carrier)}
_WORDS |= {_plain(words): OWN_DELIVERY for words in _OWN_WORDS}


def carrier_name(stored: str) -> str:
    """What to show for the carrier of a shipment: a known one by its name, any other as it was typed."""
    if stored == OWN_DELIVERY:
        return gettext(N_("Own delivery"))
    known = _BY_CODE.get(stored)
    return known.name if known else stored


def carrier_choices(language: str) -> list[tuple[str, str]]:
    """(code, name) of every carrier, those of the shop's part of the world first, own delivery last."""
    here = language.startswith("zh")
    ordered = sorted(CARRIERS, key=lambda carrier: carrier.chinese != here)
    return [
        *((carrier.code, carrier.name) for carrier in ordered),
        (OWN_DELIVERY, carrier_name(OWN_DELIVERY)),
    ]


def carrier_named(words: str) -> str:
    """The code of the carrier that somebody wrote as "顺丰", "SF Express" or "sf"; "" for an unknown one."""
    return _WORDS.get(_plain(words), "")


def carrier_like(words: str) -> str:
    """The code of the carrier whose name comes nearest to words that name none; "" when nothing is near."""
    known = {_bare(one): code for one, code in _WORDS.items()}
    near = get_close_matches(_bare(_plain(words)), known, n=1, cutoff=0.5)
    return known[near[0]] if near else ""


def _bare(plain: str) -> str:
    """A name without the words that half of all carriers have."""
    return re.sub(r"快递|速递|速运|物流|快运|express|logistics|post", "", plain) or plain


def guessed_carrier(tracking_number: str) -> str:
    """The code of the only carrier whose numbers look like this one; "" where several could be meant."""
    number = tracking_number.strip().upper()
    postal = _POSTAL.fullmatch(number)
    if postal and not _sound_postal(postal[1], int(postal[2])):
        return ""
    found = [code for code, shape in _SHAPES if shape.fullmatch(number)]
    return found[0] if len(found) == 1 else ""


def _sound_postal(digits: str, check: int) -> bool:
    """Whether the check digit of the Universal Postal Union's S10 fits."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    wanted = 11 - total % 11
    return check == {10: 0, 11: 5}.get(wanted, wanted)


def tracking_link(carrier: str, tracking_number: str) -> str:
    """The carrier's page about a parcel; "" for a carrier that we do not know, or without a number."""
    known = _BY_CODE.get(carrier)
    return (
        f"{known.link}{quote(tracking_number, safe='')}" if known and known.link and tracking_number else ""
    )
