"""Handles from titles."""

import pytest

from core.commerce.catalog.slugs import numbered, slug_of


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Clay Plant Pot", "clay-plant-pot"),
        ("明前龙井 2026 头采", "明前龙井-2026-头采"),
        ("Ｔ恤（男）／Ｌ", "t恤-男-l"),
        ("Café Crème!", "cafe-creme"),
        ("--a__b--", "a-b"),
        ("🍵", ""),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 100, "a" * 80),
        ("\x00\ud800", ""),
    ],
)
def test_slug_is_plain_letters_digits_and_hyphens(title, slug):
    assert slug_of(title) == slug
    assert slug_of(slug) == slug


def test_numbered_slug_stays_within_the_limit():
    assert numbered("a" * 80, 12) == "a" * 77 + "-12"
