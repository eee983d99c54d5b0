"""Carriers: found by what people call them, guessed only where nobody else is meant, followed by links that are safe."""

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.fulfilment.carriers import (
    CARRIERS,
    OWN_DELIVERY,
    carrier_like,
    carrier_named,
    guessed_carrier,
    tracking_link,
)
from core.commerce.fulfilment.order_conditions import OrderFilters, OrderQuery

days = st.none() | st.dates(date(1970, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("words", "code"),
    [("顺丰", "sf"), ("SF Express", "sf"), ("sf-express", "sf"), ("中通快递", "zto"), ("邮政EMS", "ems"), ("ＥＭＳ", "ems"),
     ("J&T", "jt"), ("京东", "jd"), ("德邦物流", "deppon"), ("royal mail", "royal_mail"), ("4PX", "4px"), ("菜鸟国际", "cainiao"),
     ("商家自配", OWN_DELIVERY), ("DHL", "dhl"), ("", ""), ("飞毛腿", "")],
)  # fmt: skip
def test_a_carrier_is_known_by_its_names(words, code):
    assert carrier_named(words) == code


def test_every_carrier_has_a_page_and_names_of_its_own():
    for carrier in CARRIERS:
        assert carrier_named(carrier.name) == carrier_named(carrier.code) == carrier.code
        assert all(carrier_named(words) == carrier.code for words in carrier.also)
        assert urlsplit(tracking_link(carrier.code, "X1")).scheme == "https"


@pytest.mark.parametrize(
    ("wrong", "code"), [("顺风", "sf"), ("中同快递", "zto"), ("Fedx", "fedex"), ("宇宙飞船", "")]
)
def test_the_nearest_name_is_suggested(wrong, code):
    assert carrier_like(wrong) == code


@pytest.mark.parametrize(
    ("number", "code"),
    [("SF1234567890123", "sf"), ("yt1234567890123", "yto"), ("YT1234567890123456", "yunexpress"), ("JT1234567890123", "jt"),
     ("1Z999AA10123456784", "ups"), ("RR473124829GB", "royal_mail"), ("RR473124828GB", ""), ("EE473124829CN", "ems"),
     ("78912345678901", ""), ("123456789012", ""), ("", "")],
)  # fmt: skip
def test_a_number_tells_its_carrier_only_where_no_other_is_meant(number, code):
    assert guessed_carrier(number) == code


@given(st.text(max_size=40))
def test_a_number_never_leaves_its_place_in_a_link(number):
    link = urlsplit(tracking_link("sf", number)) if number else None
    assert link is None or (link.hostname, link.path, link.fragment) == ("www.kuaidi100.com", "/chaxun", "")
    assert link is None or link.query.count("&") == 1


@given(
    st.tuples(days, days),
    st.tuples(st.none() | st.integers(0), st.none() | st.integers(0)),
    st.text(max_size=9),
)
def test_a_kept_query_means_the_same(placed, total, words):
    query = OrderQuery(
        "to_ship", words, OrderFilters(placed=placed, total=total, tag=words, delivery="pickup")
    )
    assert OrderQuery.from_json(query.as_json()) == query
