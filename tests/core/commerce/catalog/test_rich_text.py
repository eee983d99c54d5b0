"""Merchants' HTML is cleaned when it is saved."""

import pytest

from core.commerce.catalog.rich_text import clean_html, plain_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>茶 <strong>好</strong></p>", "<p>茶 <strong>好</strong></p>"),
        ("<p onclick='x()' style='position:fixed' class='a'>a</p>", "<p>a</p>"),
        ("<script>alert(1)</script>b", "b"),
        ("<style>p{}</style><iframe src='//e.com'>x</iframe>c", "c"),
        ("<a href='javascript:alert(1)'>d</a>", '<a rel="noopener nofollow">d</a>'),
        (
            "<a href='https://e.com/?a=1&b=2'>e</a>",
            '<a href="https://e.com/?a=1&amp;b=2" rel="noopener nofollow">e</a>',
        ),
        ("<a href='data:text/html,x'>f</a>", '<a rel="noopener nofollow">f</a>'),
        ("<img src='https://track.example/x.png' alt='g'>", '<img alt="g">'),
        ("<img src='/media/abc/640.webp' onerror='x' alt='h'>", '<img src="/media/abc/640.webp" alt="h">'),
        ("<h1>big</h1>", "big"),
        ("<form action='/cart'><input name=a><button>i</button></form>", "i"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", "<img>"),
        ("<p>unclosed <b>j", "<p>unclosed <b>j</b></p>"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("half \ud800 character", "half ? character"),
        ("", ""),
    ],
)
def test_only_what_a_product_page_needs_is_kept(given, kept):
    assert clean_html(given) == kept


def test_cleaning_twice_changes_nothing():
    once = clean_html("<div><p>a<td>b<img src=/media/x alt='>\"<script>'></div>")
    assert clean_html(once) == once
    assert "<script" not in once


def test_plain_text_keeps_words_apart():
    assert plain_text("<ul><li>明前</li><li>手采 &amp; 手炒</li></ul>") == "明前 手采 & 手炒"
