"""Unit: words with structure, and descriptions that came as HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from core.rendering.richtext import RichTextField, plain_text, rich_text, sanitised


def shown(nodes):
    return str(rich_text(RichTextField().deserialize(nodes)))


def test_nodes_become_html():
    nodes = [
        {"h": ["Delivery"]},
        {"p": ["Free over £60, ", {"text": "£4.50 below", "b": True, "i": True}, "."]},
        {"ul": [["one"], [{"text": "two", "link": {"kind": "collection", "ref": "tea"}}]]},
        {"quote": ["said"]},
    ]
    assert shown(nodes) == (
        "<h3>Delivery</h3><p>Free over £60, <i><b>£4.50 below</b></i>.</p>"
        '<ul><li>one</li><li><a href="/collections/tea">two</a></li></ul><blockquote>said</blockquote>'
    )


def test_plain_text_becomes_paragraphs():
    assert shown("one\n\n<b>two</b>") == "<p>one</p><p>&lt;b&gt;two&lt;/b&gt;</p>"


@pytest.mark.parametrize(
    "nodes",
    [
        5,
        [5],
        [{"script": ["x"]}],
        [{"p": "x"}],
        [{"p": ["a"], "h": ["b"]}],
        [{"p": [5]}],
        [{"p": [{"words": "x"}]}],
        [{"ul": ["x"]}],
        [{"p": ["x" * 5_001]}],
        [{"p": ["x"]}] * 201,
        [{"p": [{"text": "x", "link": {"kind": "url", "ref": "javascript:x"}}]}],
    ],
)
def test_nodes_of_another_form_are_refused(nodes):
    with pytest.raises(ValidationError):
        RichTextField().deserialize(nodes)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p onclick=x()>a<script>b</script></p>", "<p>a</p>"),
        ("<style>p{}</style><p style='color:red'>a</p>", "<p>a</p>"),
        ("<iframe src=//evil></iframe><form><input></form>a", "a"),
        ('<a href="javascript:x">a</a>', '<a rel="noopener nofollow">a</a>'),
        ('<img src="data:text/html,x" alt="y">', '<img alt="y">'),
        ("<!-- c --><b>a</b>", "<b>a</b>"),
        ("<svg><script>x</script></svg>a", "a"),
    ],
)
def test_descriptions_lose_what_could_do_harm(html, left):
    assert str(sanitised(html)) == left


@given(st.text(alphabet="<>/\"'= abscriptonlde!-&;:x", max_size=60))
def test_sanitising_twice_changes_nothing(html):
    once = sanitised(html)
    assert sanitised(once) == once


def test_plain_text_is_one_line():
    assert plain_text("<p>Tea &amp; <b>cake</b></p>\n<p>x</p>") == "Tea & cake x"


@pytest.mark.parametrize(
    ("typed", "nodes"),
    [
        ("one\n\ntwo", [{"p": ["one"]}, {"p": ["two"]}]),
        ("<p>a <b>b</b> c</p>", [{"p": ["a ", {"text": "b", "b": True}, " c"]}]),
        ("<div>a</div><div><br></div><div>b</div>", [{"p": ["a"]}, {"p": ["b"]}]),
        ("<h2>T</h2><ul><li>x</li><li><i>y</i></li></ul>", [{"h": ["T"]}, {"ul": [["x"], [{"text": "y", "i": True}]]}]),
        ("<p>a<script>alert(1)</script><style>p{}</style></p>", [{"p": ["a"]}]),
        ("<p onclick=x>a<img src=x onerror=y></p>", [{"p": ["a"]}]),
        ('<p><a href="javascript:x">a</a></p>', [{"p": ["a"]}]),
        ('<p><a href="https://a.example/?b=1">a</a></p>',
         [{"p": [{"text": "a", "link": {"kind": "url", "ref": "https://a.example/?b=1"}}]}]),
        ("<p>a &lt;b&gt; &amp;amp;</p>", [{"p": ["a <b> &amp;"]}]),
        ("<p></p><p> </p>", []),
        ("<ul><li>open", [{"ul": [["open"]]}]),
        ("<p>a<p>b", [{"p": ["a"]}, {"p": ["b"]}]),
    ],
)  # fmt: skip
def test_what_an_editor_sends_becomes_nodes(typed, nodes):
    assert RichTextField().deserialize(typed) == nodes


@pytest.mark.parametrize(
    "typed", ["<p>a <b>b</b></p>", "<h2>T</h2><ul><li>x</li></ul>", "<blockquote>q</blockquote>"]
)
def test_what_is_edited_again_and_again_stays_as_it_is(typed):
    field = RichTextField()
    once = field.deserialize(typed)
    assert field.deserialize(field.as_typed(once)) == once
