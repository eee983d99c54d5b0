"""Schema forms: what people type comes out typed, what is wrong is said so that it can be put right, nothing leaks in."""

from datetime import UTC, datetime, timedelta

import pytest
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage, MultiDict

from core.kernel.i18n import speaking
from core.kernel.money import Money
from core.kernel.tenancy import ShopScope, shop_bound
from core.rendering.console.fields import (
    DurationField,
    ImageField,
    LocalDateTimeField,
    MoneyField,
    PercentField,
    TagsField,
)
from core.rendering.console.forms import Form
from core.rendering.console.widgets import Choice

SCOPE = ShopScope(1, "tea", "CNY", "zh-CN", "Asia/Shanghai", "青山茶事")


class VariantSchema(Schema):
    id = fields.UUID(metadata={"widget": "hidden"})
    name = fields.String(required=True)
    price = MoneyField(required=True, least=1)
    unit = fields.String(load_default="g", validate=validate.OneOf(["g", "kg"]))


class CampaignSchema(Schema):
    title = fields.String(required=True, validate=validate.Length(2, 40))
    note = fields.String(load_default="", validate=validate.Length(max=2000))
    kind = fields.String(load_default="normal", validate=validate.OneOf(["normal", "tiered"]))
    size = fields.Integer(load_default=5, validate=validate.Range(2, 100))
    stock = fields.Integer(allow_none=True, load_default=None)
    price = MoneyField(required=True, least=100, most=100_000)
    rate = PercentField(load_default=500)
    ends = LocalDateTimeField(allow_none=True, load_default=None)
    lasts = DurationField(load_default=timedelta(hours=24), least=3_600)
    tags = TagsField(load_default=list, most=3)
    open = fields.Boolean(load_default=True)
    steps = fields.Integer(required=True, metadata={"visible_if": {"kind": "tiered"}})
    days = fields.List(fields.String(), load_default=list, validate=validate.ContainsOnly(["mon", "tue"]))


class ProductSchema(Schema):
    name = fields.String(required=True)
    variants = fields.List(fields.Nested(VariantSchema), validate=validate.Length(min=1))


def form(schema=None, **options):
    return Form(schema or CampaignSchema(), scope=SCOPE, **options)


def submitted(**values):
    return MultiDict({"title": "立秋拼团", "price": "188", **values})


def refused(name, value, schema=None, language="en"):
    """The sentence beside field `name` after typing `value` into it."""
    with speaking(language):
        one = form(schema)
        assert one.submit(submitted(**{name: value})) is None
        return one[name].errors[0]


def test_submit_with_good_values_loads_them_typed():
    loaded = form().submit(
        submitted(
            rate="8.5%", size="12", ends="2026-08-06T20:00", open="1", tags="绿茶，新茶、绿茶", note="a\r\nb",
            **{"lasts-amount": "2", "lasts-unit": "days"},
        )
    )  # fmt: skip
    assert loaded["price"] == Money(18_800, "CNY")
    assert loaded["rate"] == 850
    assert loaded["ends"] == datetime(2026, 8, 6, 12, 0, tzinfo=UTC)
    assert loaded["lasts"] == timedelta(days=2)
    assert loaded["tags"] == ["绿茶", "新茶"]
    assert loaded["note"] == "a\nb"
    assert loaded["open"] is True


def test_submit_with_fields_left_out_takes_defaults_and_reads_an_absent_switch_as_off():
    loaded = form().submit(submitted())
    assert (loaded["size"], loaded["stock"], loaded["rate"]) == (5, None, 500)
    assert loaded["open"] is False


@pytest.mark.parametrize("typed", ["１８８．５０", "188.5", " ¥188.50 ", "188.50", "￥１８８．５"])
def test_money_in_any_writing_becomes_minor_units(typed):
    assert form().submit(submitted(price=typed))["price"] == Money(18_850, "CNY")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Fill this in."),
        ("abc", "This is not an amount. Write it like 1234.50."),
        ("-5", "An amount cannot be negative."),
        ("1.234", "Use at most 2 decimals for CNY."),
        ("9" * 40, "This amount is too large; the most is 10000000000.00."),
        ("0.5", "Enter ¥1.00 or more."),
        ("1000.01", "Enter ¥1,000.00 or less."),
        ("9" * 100_000, "Write at most 64 characters."),
        ("NaN", "This is not an amount. Write it like 1234.50."),
        ("1e3", "This is not an amount. Write it like 1234.50."),
    ],
)
def test_money_that_is_wrong_says_how_to_put_it_right(typed, words):
    assert refused("price", typed) == words


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("title", "x", "Write 2 to 40 characters."),
        ("size", "1", "Enter a number from 2 to 100."),
        ("size", "five", "This is not a whole number. Write it like 12."),
        ("size", "2.5", "This is not a whole number. Write it like 12."),
        ("stock", "99999999999999999999", "This number is too large."),
        ("rate", "120", "Enter 100% or less."),
        ("rate", "8.555", "This is not a percentage. Write it like 8.5."),
        ("rate", "-1", "This is not a percentage. Write it like 8.5."),
        ("ends", "soon", "This is not a date and time. Write it like 2026-08-06 20:00."),
        ("ends", "9999-12-31T23:59+99:00", "This is not a date and time. Write it like 2026-08-06 20:00."),
        ("kind", "wild", "Choose one of the list."),
        ("tags", "a,b,c,d", "At most 3, please; these are 4."),
        ("days", "sun", "Choose from the list only."),
    ],
)
def test_value_that_is_wrong_says_how_to_put_it_right(name, typed, words):
    assert refused(name, typed) == words


def test_errors_in_chinese():
    assert refused("size", "1", language="zh-CN") == "请填 2 到 100 之间的数。"
    assert refused("title", "", language="zh-CN") == "请填写。"
    assert refused("price", "0.5", language="zh-CN") == "请填 ¥1.00 或更大。"


def test_duration_below_its_least_names_the_least_with_its_unit():
    with speaking("en"):
        one = form()
        assert one.submit(submitted(**{"lasts-amount": "5", "lasts-unit": "minutes"})) is None
        assert one["lasts"].errors == ["Enter 1 hour or more."]
        assert one["lasts"].value == {"amount": "5", "unit": "minutes"}


def test_what_was_typed_stays_after_an_error():
    one = form()
    assert one.submit(submitted(title="好", price="一百", note="慢慢喝", size="１２")) is None
    assert (one["title"].value, one["price"].value, one["note"].value) == ("好", "一百", "慢慢喝")
    assert one["size"].value == "１２"


def test_unknown_field_refuses_the_whole_form():
    with speaking("en"):
        one = form()
        assert one.submit(submitted(shop_id="2")) is None
        assert one.form_errors == ["This form has no field “shop_id”. Reload the page and try again."]


def test_unknown_field_inside_a_row_refuses_the_whole_form():
    one = form(ProductSchema())
    given = MultiDict(
        {"name": "茶", "variants-0-name": "50g", "variants-0-price": "9", "variants-0-cost": "1"}
    )
    assert one.submit(given) is None
    assert "variants-0-cost" in one.form_errors[0]


def test_names_that_belong_to_the_page_are_no_data():
    assert form().submit(submitted(csrf_token="t", _version="3")) is not None


def test_parse_gives_the_raw_values_that_the_schema_loads():
    raw = form().parse(submitted(size="７"))
    with shop_bound(SCOPE):
        assert CampaignSchema().load(raw, partial=("steps",))["size"] == 7


@pytest.mark.parametrize("name", ["title", "note", "tags", "price", "size"])
def test_nul_is_refused_and_not_shown_again(name):
    with speaking("en"):
        one = form()
        assert one.submit(submitted(**{name: "1\x002"})) is None
        assert one[name].errors == [
            "An invisible character in here cannot be kept. Delete the text and type it again."
        ]
        assert "\x00" not in str(one[name].value)


@pytest.mark.parametrize("name", ["title", "note", "tags", "kind", "days"])
def test_a_megabyte_is_refused_and_not_sent_back(name):
    one = form()
    assert one.submit(submitted(**{name: "茶" * 1_000_000})) is None
    assert one[name].errors
    assert len(str(one[name].value)) < 25_000


def test_emoji_and_right_to_left_text_are_kept_as_typed():
    assert form().submit(submitted(title="🍵 שלום سلام"))["title"] == "🍵 שלום سلام"


def test_field_hidden_by_another_answer_is_not_asked_for():
    loaded = form().submit(submitted(kind="normal", steps="rubbish"))
    assert "steps" not in loaded


def test_field_shown_by_another_answer_is_asked_for():
    with speaking("en"):
        one = form()
        assert one.submit(submitted(kind="tiered")) is None
        assert one["steps"].errors == ["Fill this in."]


def test_rows_load_in_order_and_untouched_rows_are_dropped():
    loaded = form(ProductSchema()).submit(
        MultiDict({
            "name": "龙井",
            "variants-10-name": "100g", "variants-10-price": "238",
            "variants-2-name": "50g", "variants-2-price": "128", "variants-2-unit": "kg",
            "variants-11-name": "", "variants-11-price": "", "variants-11-unit": "g", "variants-11-id": "",
        })
    )  # fmt: skip
    assert [(row["name"], row["price"].minor, row["unit"]) for row in loaded["variants"]] == [
        ("50g", 12_800, "kg"),
        ("100g", 23_800, "g"),
    ]


def test_row_that_is_wrong_is_marked_where_it_stands():
    one = form(ProductSchema())
    given = MultiDict({"name": "龙井", "variants-0-name": "50g", "variants-0-price": "128",
                       "variants-5-name": "100g", "variants-5-price": "cheap"})  # fmt: skip
    assert one.submit(given) is None
    assert [view.name for view, _ in one.error_list] == ["variants-1-price"]
    assert one["variants"].rows[1][2].value == "cheap"


def test_list_without_rows_says_what_it_needs():
    with speaking("en"):
        one = form(ProductSchema())
        assert one.submit(MultiDict({"name": "龙井"})) is None
        assert one["variants"].errors == ["Choose at least 1."]


def test_row_taken_out_by_its_tick_is_gone():
    loaded = form(ProductSchema()).submit(
        MultiDict({"name": "茶", "variants-0-name": "a", "variants-0-price": "1", "variants-1-name": "b",
                   "variants-1-price": "2", "variants-1-_remove": "1"})
    )  # fmt: skip
    assert [row["name"] for row in loaded["variants"]] == ["a"]


def test_stored_values_are_shown_as_people_type_them():
    shown = form(values={
        "price": 18_800, "rate": 850, "lasts": 172_800, "ends": "2026-08-06T12:00:00Z", "tags": ["a", "b"],
        "open": False, "title": "茶",
    })  # fmt: skip
    assert shown["price"].value == "188.00"
    assert shown["rate"].value == "8.5"
    assert shown["lasts"].value == {"amount": "2", "unit": "days"}
    assert shown["ends"].value == "2026-08-06T20:00"
    assert (shown["tags"].value, shown["open"].value, shown["size"].value) == ("a, b", False, "5")


def test_dumped_settings_load_again_to_the_same_values():
    loaded = form().submit(submitted(ends="2026-08-06T20:00", rate="3", tags="x", kind="normal"))
    with shop_bound(SCOPE):
        stored = CampaignSchema().dump(loaded)
        assert (
            CampaignSchema(partial=("steps",)).load({k: v for k, v in stored.items() if k != "steps"})
            == loaded
        )
    assert stored["price"] == 18_800
    assert stored["ends"] == "2026-08-06T12:00:00Z"


def test_choices_of_the_page_refuse_anything_else():
    class PickSchema(Schema):
        place = fields.UUID(required=True, metadata={"widget": "select"})

    here, elsewhere = "018f5a00-0000-7000-8000-000000000001", "018f5a00-0000-7000-8000-000000000002"
    offered = {"place": [Choice(here, "杭州仓")]}
    assert form(PickSchema(), choices=offered).submit(MultiDict({"place": here})) is not None
    one = form(PickSchema(), choices=offered)
    assert one.submit(MultiDict({"place": elsewhere})) is None
    assert one["place"].errors


def test_errors_of_a_deeper_layer_stand_beside_their_fields():
    one = form()
    one.submit(submitted())
    one.refuse({"size": ["同名活动已存在"], "stock_pool": ["可售只有 212 件"]})
    assert one["size"].errors == ["同名活动已存在"]
    assert one.form_errors == ["可售只有 212 件"]


def test_chosen_picture_comes_to_uploads():
    class PictureSchema(Schema):
        picture = ImageField(required=True)

    chosen = FileStorage(filename="tea.png")
    one = form(PictureSchema())
    assert one.multipart
    assert one.submit(MultiDict({"picture": ""}), {"picture-file": chosen}) == {}
    assert one.uploads == {"picture": chosen}


def test_time_that_the_clock_change_skips_is_refused():
    berlin = ShopScope(2, "home", "EUR", "en", "Europe/Berlin")

    class StartSchema(Schema):
        starts = LocalDateTimeField(required=True)

    one = Form(StartSchema(), scope=berlin)
    assert one.submit(MultiDict({"starts": "2026-03-29T02:30"})) is None
    assert "clocks change" in one["starts"].errors[0]
    assert Form(StartSchema(), scope=berlin).submit(MultiDict({"starts": "2026-03-29T03:30"}))[
        "starts"
    ] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_misspelt_metadata_is_refused():
    class TypoSchema(Schema):
        size = fields.Integer(metadata={"lable": "Size"})

    with pytest.raises(ValueError, match="lable"):
        _ = form(TypoSchema()).fields


def test_unknown_widget_is_refused():
    class OddSchema(Schema):
        size = fields.Integer(metadata={"widget": "slider"})

    with pytest.raises(ValueError, match="slider"):
        _ = form(OddSchema()).fields


def test_groups_keep_the_order_in_which_they_appear():
    class GroupedSchema(Schema):
        a = fields.String(metadata={"group": "Rules"})
        b = fields.String(metadata={"group": "Basics"})
        c = fields.String(metadata={"group": "Rules"})

    with speaking("en"):
        assert [(title, [view.name for view in views]) for title, views in form(GroupedSchema()).groups] == [
            ("Rules", ["a", "c"]),
            ("Basics", ["b"]),
        ]


class KeySchema(Schema):
    account = fields.String(required=True)
    password = fields.String(required=True, metadata={"widget": "password"})
    private_key = fields.String(required=True, metadata={"widget": "textarea", "secret": True})
    size = fields.Integer(required=True)


def test_secrets_are_typed_anew_after_a_refusal_and_everything_else_stays():
    form = Form(KeySchema())
    typed = {"account": "acct-7", "password": "p4ss", "private_key": "-----BEGIN\nKEY", "size": "many"}
    assert form.submit(MultiDict(typed)) is None
    shown = {one.name: one.value for one in form.fields}
    assert shown["account"] == "acct-7"
    assert shown["size"] == "many"
    assert not shown["password"]
    assert not shown["private_key"]
