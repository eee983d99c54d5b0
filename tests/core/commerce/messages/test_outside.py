"""What the operator says about mail servers, and how templates are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.messages.outside import mail_server_of
from core.commerce.messages.templates import filled, names_in, nearest, problems_of, sms_parts


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "password"),
    [
        ("smtp://tea:p%40ss@mail.example.com", "mail.example.com", 587, "starttls", "p@ss"),
        ("smtps://mail.example.com", "mail.example.com", 465, "tls", ""),
        ("smtp+plain://10.0.0.7:2525", "10.0.0.7", 2525, "none", ""),
    ],
)
def test_platforms_mail_server_is_read_from_its_address(url, host, port, security, password):
    server = mail_server_of(url, "tea@example.com")
    assert (server.host, server.port, server.security, server.password) == (host, port, security, password)
    assert server.trusted


NAMES = ["order_number", "shop_name"]


@given(st.lists(st.sampled_from(["{{order_number}}", "{{ shop_name }}", "{", "}}", "{{", "茶", "\n", " x "])))
def test_template_without_problems_leaves_no_variable_behind(parts):
    text = "".join(parts)
    values = {"order_number": "{{shop_name}}", "shop_name": "S"}
    if not problems_of(text, NAMES):
        assert filled(text, values).count("{{shop_name}}") == text.count("{{order_number}}")
    assert set(names_in(filled("".join(p for p in parts if "{" not in p), values))) == set()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("oder_number", "order_number"),
        ("Order Number", "order_number"),
        ("shopname", "shop_name"),
        ("xyz", ""),
    ],
)
def test_nearest_variable_is_named_or_none(typed, meant):
    assert nearest(typed, NAMES) == meant


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("茶" * 70, 1),
        ("茶" * 71, 2),
        ("茶" * 134, 2),
        ("茶" * 135, 3),
        ("[" * 81, 2),
    ],
)
def test_length_of_a_text_message_is_counted_as_providers_do(text, parts):
    assert sms_parts(text) == parts
