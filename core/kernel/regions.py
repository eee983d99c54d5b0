"""Countries and provinces as codes: what people type for a province, which place that is, and what it is called."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from babel import Locale

from core.kernel.i18n import current_locale

# Code after "CN-" (ISO 3166-2), full Chinese name, short one, English name, what else people write.
_CHINA = """
BJ|北京市|北京|Beijing|Peking
TJ|天津市|天津|Tianjin|
HE|河北省|河北|Hebei|
SX|山西省|山西|Shanxi|
NM|内蒙古自治区|内蒙古|Inner Mongolia|Nei Mongol,Neimenggu,Neimongol
LN|辽宁省|辽宁|Liaoning|
JL|吉林省|吉林|Jilin|
HL|黑龙江省|黑龙江|Heilongjiang|
SH|上海市|上海|Shanghai|
JS|江苏省|江苏|Jiangsu|
ZJ|浙江省|浙江|Zhejiang|
AH|安徽省|安徽|Anhui|
FJ|福建省|福建|Fujian|
JX|江西省|江西|Jiangxi|
SD|山东省|山东|Shandong|
HA|河南省|河南|Henan|
HB|湖北省|湖北|Hubei|
HN|湖南省|湖南|Hunan|
GD|广东省|广东|Guangdong|Canton
GX|广西壮族自治区|广西|Guangxi|
HI|海南省|海南|Hainan|
CQ|重庆市|重庆|Chongqing|Chungking
SC|四川省|四川|Sichuan|Szechwan,Szechuan
GZ|贵州省|贵州|Guizhou|
YN|云南省|云南|Yunnan|
XZ|西藏自治区|西藏|Xizang|Tibet
SN|陕西省|陕西|Shaanxi|
GS|甘肃省|甘肃|Gansu|
QH|青海省|青海|Qinghai|
NX|宁夏回族自治区|宁夏|Ningxia|
XJ|新疆维吾尔自治区|新疆|Xinjiang|
TW|台湾省|台湾|Taiwan|臺灣
HK|香港特别行政区|香港|Hong Kong|Xianggang
MO|澳门特别行政区|澳门|Macao|Macau,Aomen,澳門
"""
_AMERICA = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,"
    "DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,"
    "KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,"
    "MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,"
    "NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,"
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,"
    "WV West Virginia,WI Wisconsin,WY Wyoming,PR Puerto Rico"
)
_CANADA = (
    "AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland and Labrador,NS Nova Scotia,"
    "NT Northwest Territories,NU Nunavut,ON Ontario,PE Prince Edward Island,QC Quebec,SK Saskatchewan,YT Yukon"
)
# These have country codes of their own; an address may say either.
_ALSO_COUNTRIES = {"HK": "CN-HK", "MO": "CN-MO", "TW": "CN-TW"}
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_ENDINGS = re.compile(
    r"(province|municipality|autonomousregion|zhuangautonomousregion|huiautonomousregion|uyghurautonomousregion"
    r"|sar|sheng|shi|省|市|特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区)$"
)


def _rows() -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    for line in _CHINA.strip().splitlines():
        code, full, short, english, others = line.split("|")
        yield f"CN-{code}", full, short, english, tuple(filter(None, others.split(",")))


def _western() -> Iterator[tuple[str, str]]:
    for country, listed in (("US", _AMERICA), ("CA", _CANADA)):
        for entry in listed.split(","):
            code, _, name = entry.partition(" ")
            yield f"{country}-{code}", name


# Place → (full name in Chinese, name in English).
PROVINCES_OF_CHINA = {code: (full, english) for code, full, _short, english, _others in _rows()}
_STATES = dict(_western())
_SHORT = {code: short for code, _full, short, _english, _others in _rows()}


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in folded if char.isalnum())


@lru_cache(maxsize=1)
def _typed() -> dict[str, dict[str, str]]:
    """Country → what people type, plain → place."""
    found: dict[str, dict[str, str]] = {"CN": {}, "US": {}, "CA": {}}
    for code, full, short, english, others in _rows():
        for name in (code, code.partition("-")[2], full, short, english, *others):
            found["CN"][_plain(name)] = code
    for code, english in _STATES.items():
        country, _, own = code.partition("-")
        found[country][_plain(english)] = found[country][_plain(own)] = code
    return found


def place_of(country: str, region: str = "", city: str = "") -> str:
    """The place of an address: "CN-GD" for 广东, 广东省 or Guangdong; the country where its province is not known.

    `country` is an ISO code in capitals; "" is an unknown place. Free text that begins with a Chinese province's name
    (广东省广州市) counts too, in `region` and then in `city`.
    """
    if country in _ALSO_COUNTRIES:
        return _ALSO_COUNTRIES[country]
    known = _typed().get(country)
    if known is None:
        return country
    plain = _plain(region)
    if exact := known.get(plain) or known.get(_ENDINGS.sub("", plain)):
        return exact
    if country == "CN":
        for text in (plain, _plain(city)):
            if found := _beginning(text):
                return found
    return country


def _beginning(text: str) -> str:
    return next((code for code, short in _SHORT.items() if text.startswith(short)), "")


def wider(place: str) -> tuple[str, ...]:
    """The place and what it lies in, the narrowest first: CN-GD, CN."""
    country = place.partition("-")[0]
    return (place,) if country in ("", place) else (place, country)


def is_place(code: str) -> bool:
    """Whether `code` names a country or a province that we know."""
    if not _PLACE.fullmatch(code):
        return False
    return code in PROVINCES_OF_CHINA or code in _STATES or ("-" not in code and code in _countries())


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale.parse("en").territories) if len(code) == 2)


def place_name(place: str) -> str:
    """What a place is called in the reader's language: 广东省, Guangdong, France."""
    locale = current_locale()
    if place in PROVINCES_OF_CHINA:
        return PROVINCES_OF_CHINA[place][0 if locale.language == "zh" else 1]
    return _STATES.get(place) or str(locale.territories.get(place, place))


def provinces_of(country: str) -> tuple[str, ...]:
    """The places within a country, as people list them; empty where we know none."""
    if country == "CN":
        return tuple(PROVINCES_OF_CHINA)
    return tuple(code for code in _STATES if code.startswith(f"{country}-"))
