"""The sidebar: merged in a stated order, permitted, counted, and current at the longest fitting address."""

import pytest

from core.kernel.i18n import speaking
from core.rendering.console.navigation import NavItem, current, merged, tabs

CORE = (
    NavItem("orders", "Orders", "receipt", "/console/tea/orders", order=2, tab=True),
    NavItem("home", "Home", "home", "/console/tea/", order=1, tab=True),
    NavItem("settings", "Settings", "settings", "/console/tea/settings", section="settings"),
)
PLUGIN = (
    NavItem(
        "group_buy", "Group-buy", "users-group", "/console/tea/x/group-buy/", permission="group_buy.edit"
    ),
)


def test_entries_of_all_parts_stand_in_section_then_order():
    found = merged(CORE, PLUGIN, may=lambda permission: True, counts={"orders": 26})
    assert [item.key for item in found] == ["home", "orders", "group_buy", "settings"]
    assert found[1].count == 26


def test_entry_without_permission_is_not_shown():
    assert "group_buy" not in [item.key for item in merged(CORE, PLUGIN, may=lambda permission: False)]


def test_two_entries_with_one_key_are_refused_by_name():
    with pytest.raises(ValueError, match="orders"):
        merged(CORE, CORE, may=lambda permission: True)


def test_unknown_icon_is_refused_by_name():
    with pytest.raises(ValueError, match="unicorn"):
        NavItem("x", "X", "unicorn", "/x")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/console/tea/", "home"),
        ("/console/tea/orders", "orders"),
        ("/console/tea/orders/12", "orders"),
        ("/console/tea/ordersX", "home"),
        ("/console/tea/x/group-buy/activities", "group_buy"),
        ("/elsewhere", ""),
    ],
)
def test_current_entry_is_the_longest_beginning_of_the_path(path, key):
    assert current((*CORE, *PLUGIN), path) == key


def test_bottom_bar_takes_four_places_at_most():
    many = [NavItem(f"k{n}", "X", "box", f"/{n}", tab=True) for n in range(6)]
    assert len(tabs(many)) == 4


def test_words_hold_every_language():
    with speaking("en"):
        assert NavItem("more", "More", "box", "/").words == "更多 more"
