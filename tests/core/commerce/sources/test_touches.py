"""What a browser remembers of where it came from: written and read again, and nothing else is believed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.commerce.sources.touches import Touch, Touches, as_cookie, from_cookie, touch_of
from core.kernel.clock import now

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
MOMENTS = st.integers(0, 29_000_000).map(lambda minutes: datetime.fromtimestamp(60 * minutes, UTC))
TOUCHES = st.builds(Touch, st.sampled_from(["link", "utm", "site"]), WORDS, MOMENTS, st.just("") | WORDS)


@given(first=TOUCHES, last=TOUCHES)
def test_touches_come_back_from_their_cookie(first, last):
    written = as_cookie(Touches(first, last))
    assert written.isascii()
    assert not set(written) & set(' ;,"')
    assert from_cookie(written) == Touches(first, last)


@given(st.text(max_size=300))
def test_cookie_of_anybody_else_is_no_touch_or_a_sound_one(text):
    for touch in (from_cookie(text).first, from_cookie(text).last):
        assert touch is None or (touch.kind in ("link", "utm", "site") and 0 < len(touch.name) <= 40)


def test_touch_from_the_future_is_not_believed():
    assert from_cookie("link:abcd::9999999999").last == Touches().last
    assert from_cookie("link:abcd::999999999") == Touches()


def test_first_touch_stays_and_old_ones_stop_counting():
    old = Touch("utm", "letter", now() - timedelta(days=31))
    new = Touch("link", "abcd", now())
    assert Touches().then(old).recent is None
    both = Touches().then(old).then(new)
    assert (both.first, both.recent) == (old, new)


def test_address_counts_more_than_the_referrer():
    args = {"utm_source": " XiaoHongShu ", "utm_campaign": "秋茶"}
    found = touch_of(args, "https://www.example.com/x", "shop.example")
    assert (found.source, found.campaign) == ("utm:xiaohongshu", "秋茶")
    assert touch_of({}, "https://www.Example.com/x", "shop.example").source == "site:example.com"
    for nowhere in ("https://shop.example/a", "javascript:alert(1)", "http://[::1", "", None):
        assert touch_of({}, nowhere, "shop.example") is None
