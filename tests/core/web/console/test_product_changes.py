"""The buttons inside a product's form work on what was typed and lose none of it."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from core.web.console.catalog.product_changes import changed_form, rows
from core.web.console.catalog.product_form import json_list


def form(options=(), variants=(), images=(), **more):
    """A submitted form: options are (name, values, was), variants dictionaries, images ids."""
    fields = dict(more)
    for place, (name, values, was) in enumerate(options):
        fields |= {
            f"options-{place}-name": name,
            f"options-{place}-values": "\n".join(values),
            f"options-{place}-was": json_list(was) if was is not None else "",
        }
    for place, row in enumerate(variants):
        fields |= {f"variants-{place}-{name}": value for name, value in row.items()}
    for place, asset in enumerate(images):
        fields |= {
            f"images-{place}-asset_id": asset,
            f"images-{place}-alt": f"alt {asset}",
            f"images-{place}-tile": "",
        }
    return MultiDict(fields)


def variant(*values, price="10", **more):
    return {"id": "-".join(values), "option_values": json_list(values), "price_minor": price, **more}


def titles(submitted):
    return [tuple(json.loads(row["option_values"])) for row in rows(submitted, "variants")]


def by_title(submitted):
    return {tuple(json.loads(row["option_values"])): row for row in rows(submitted, "variants")}


SIZES = ("Size", ["S", "M"], ["S", "M"])


def test_first_option_turns_the_only_variant_into_the_first_of_its_values():
    before = form(
        [("Size", ["S", "M"], None)], [{"id": "1", "option_values": "[]", "price_minor": "9.90", "sku": "A"}]
    )
    after = by_title(changed_form(before, "options"))
    assert after[("S",)] == {"id": "1", "option_values": '["S"]', "price_minor": "9.90", "sku": "A"}
    assert after[("M",)] == {"option_values": '["M"]', "price_minor": "9.90"}


def test_second_option_multiplies_and_every_family_keeps_its_first_variant():
    before = form(
        [SIZES, ("Colour", ["red", "blue"], None)],
        [variant("S", price="1", sku="s"), variant("M", price="2", sku="m")],
    )
    after = by_title(changed_form(before, "options"))
    assert list(after) == [("S", "red"), ("S", "blue"), ("M", "red"), ("M", "blue")]
    assert (after["S", "red"]["id"], after["M", "red"]["id"]) == ("S", "M")
    assert "id" not in after["S", "blue"]
    assert "sku" not in after["S", "blue"]
    assert [row["price_minor"] for row in after.values()] == ["1", "1", "2", "2"]


def test_new_value_leaves_the_others_as_they_were_typed():
    before = form(
        [("Size", ["S", "L", "M"], ["S", "M"])], [variant("S", price="壹"), variant("M", price="-3", sku="x")]
    )
    after = by_title(changed_form(before, "options"))
    assert list(after) == [("S",), ("L",), ("M",)]
    assert after[("S",)]["price_minor"] == "壹"
    assert after[("M",)] == variant("M", price="-3", sku="x")


def test_value_that_is_rewritten_keeps_its_variant():
    before = form([("Size", ["Small", "M"], ["S", "M"])], [variant("S", price="5"), variant("M")])
    after = by_title(changed_form(before, "options"))
    assert after[("Small",)]["id"] == "S"
    assert after[("Small",)]["price_minor"] == "5"


def test_values_that_change_places_keep_their_variants():
    before = form([("Size", ["M", "S"], ["S", "M"])], [variant("S", price="5"), variant("M", price="6")])
    after = by_title(changed_form(before, "options"))
    assert [(title, row["id"], row["price_minor"]) for title, row in after.items()] == [
        (("M",), "M", "6"),
        (("S",), "S", "5"),
    ]


def test_value_that_goes_takes_its_variant_along():
    before = form([("Size", ["M"], ["S", "M"])], [variant("S"), variant("M")])
    assert titles(changed_form(before, "options")) == [("M",)]


def test_option_that_goes_leaves_one_variant_of_each_rest():
    options = [SIZES, ("Colour", ["red", "blue"], ["red", "blue"])]
    made = [variant(size, colour) for size in "SM" for colour in ("red", "blue")]
    after = changed_form(form(options, made), "drop-option:1")
    assert titles(after) == [("S",), ("M",)]
    assert [row["id"] for row in rows(after, "variants")] == ["S-red", "M-red"]
    after = changed_form(form(options, made), "drop-option:0")
    assert titles(after) == [("red",), ("blue",)]


def test_last_option_that_goes_leaves_one_variant():
    after = changed_form(form([SIZES], [variant("S"), variant("M")]), "drop-option:0")
    assert titles(after) == [()]
    assert rows(after, "options") == []


def test_option_without_values_waits_for_them():
    before = form([SIZES, ("Colour", [], None)], [variant("S"), variant("M")])
    after = changed_form(before, "options")
    assert titles(after) == [("S",), ("M",)]
    assert [row["name"] for row in rows(after, "options")] == ["Size", "Colour"]


def test_empty_option_is_swept_away():
    after = changed_form(form([SIZES, ("", [], None)], [variant("S"), variant("M")]), "options")
    assert [row["name"] for row in rows(after, "options")] == ["Size"]


def test_values_may_hold_commas_and_slashes():
    values = ["1,5 kg", "2 / 3", "“x”", '{"a": 1}']
    after = changed_form(form([("Size", values, None)], [variant()]), "options")
    assert titles(after) == [(value,) for value in values]


def test_more_combinations_than_fit_leave_the_variants_alone():
    many = [str(number) for number in range(200)]
    before = form([("A", many, None), ("B", many, None)], [variant()])
    assert titles(changed_form(before, "options")) == [()]


def test_option_that_was_added_and_left_empty_is_not_saved():
    added = changed_form(form([SIZES], [variant("S"), variant("M")]), "add-option")
    assert len(rows(added, "options")) == 2
    assert [row["name"] for row in rows(changed_form(added, ""), "options")] == ["Size"]


def test_option_can_be_added_up_to_three():
    after = form([SIZES], [variant("S")])
    for _ in range(5):
        after = changed_form(after, "add-option")
    assert len(rows(after, "options")) == 3


def test_variant_is_dropped_but_never_the_last():
    before = form([SIZES], [variant("S"), variant("M")])
    after = changed_form(before, "drop-variant:0")
    assert titles(after) == [("M",)]
    assert titles(changed_form(after, "drop-variant:0")) == [("M",)]


@pytest.mark.parametrize(
    ("wish", "order"),
    [("up-image:1", "bac"), ("down-image:0", "bac"), ("up-image:0", "abc"), ("down-image:2", "abc"), ("drop-image:1", "ac"),
     ("move-image:2:0", "cab"), ("move-image:0:2", "bca"), ("move-image:0:99", "bca"), ("drop-image:7", "abc")],
)  # fmt: skip
def test_pictures_move_with_their_words(wish, order):
    after = rows(changed_form(form(images="abc"), wish), "images")
    assert "".join(row["asset_id"] for row in after) == order
    assert all(row["alt"] == f"alt {row['asset_id']}" for row in after)


def test_new_pictures_stand_at_the_end():
    after = changed_form(form(images="a"), "images", added_images=["b", "c"])
    assert [row["asset_id"] for row in rows(after, "images")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "wish",
    ["", "evil", "drop-option:", "drop-option:-1", "drop-option:x", "drop-option:99999999", "drop-variant:9", ":::",
     "up-image:１"],
)  # fmt: skip
def test_wish_that_means_nothing_changes_nothing(wish):
    before = form([SIZES], [variant("S"), variant("M")], "ab", title="x")
    assert sorted(changed_form(before, wish).items(multi=True)) == sorted(before.items(multi=True))


def test_other_fields_pass_untouched_even_when_they_repeat():
    before = form([SIZES], [variant("S")], title="茶", body_html="<b>")
    before.setlist("collection_ids", ["1", "2"])
    after = changed_form(before, "options")
    assert after.getlist("collection_ids") == ["1", "2"]
    assert (after["title"], after["body_html"]) == ("茶", "<b>")


names = st.lists(
    st.text("abcdef,/ ", min_size=1, max_size=3).map(str.strip).filter(bool),
    min_size=1,
    max_size=3,
    unique=True,
)


@given(st.lists(names, min_size=1, max_size=3), st.lists(names, min_size=1, max_size=3))
def test_variants_are_always_every_combination_and_none_is_there_twice(before, after):
    lists = [list(dict.fromkeys(" ".join(one.split()) for one in values)) for values in after]
    made = [variant(*combination) for combination in itertools.product(*before)]
    options = [(f"O{n}", values, before[n] if n < len(before) else None) for n, values in enumerate(lists)]
    result = changed_form(form(options, made), "options")
    assert titles(result) == list(itertools.product(*lists))
    kept = [row["id"] for row in rows(result, "variants") if "id" in row]
    assert len(kept) == len(set(kept))
    again = changed_form(result, "options")
    assert sorted(again.items(multi=True)) == sorted(result.items(multi=True))
