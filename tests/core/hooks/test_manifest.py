"""`plugin.toml` and the attributes of one-file plugins: read without running code, every mistake named."""

import pytest

from core.hooks.errors import PluginRefusedError
from core.hooks.manifest import NO_DATA, LocalText, Plugin, manifest_of, read_manifest

GOOD = """
name = "coupon"
version = "1.4.0"
sdk = ">=0.1,<1"
title = { en = "Coupons", zh = "优惠券" }
summary = { en = "Codes that take something off.", zh = "用券立减。" }
category = "promotion"
needs = ["customers_plus"]
uses = ["group_buy"]
conflicts = ["old_coupon"]
before = ["points"]
after = ["group_buy"]
permissions = ["coupon.edit", "orders.read"]

[data]
en = "Codes and their uses; kept when switched off."
zh = "券码与使用记录，停用后保留。"
"""


def read(tmp_path, text, name="coupon"):
    path = tmp_path / "plugin.toml"
    path.write_text(text, encoding="utf-8")
    return read_manifest(path, file="plugins/coupon/plugin.toml", name=name)


def mistakes(tmp_path, text, name="coupon"):
    with pytest.raises(PluginRefusedError) as refused:
        read(tmp_path, text, name)
    return [str(problem) for problem in refused.value.problems]


def test_manifest_is_read_whole(tmp_path):
    manifest = read(tmp_path, GOOD)
    assert (manifest.name, manifest.version, manifest.sdk) == ("coupon", "1.4.0", ">=0.1,<1")
    assert manifest.title == LocalText("Coupons", "优惠券")
    assert manifest.title.in_language("zh-CN") == "优惠券"
    assert manifest.title.in_language("en") == "Coupons"
    assert (manifest.category, manifest.level) == ("promotion", "shop")
    assert (manifest.needs, manifest.uses, manifest.conflicts) == (
        ("customers_plus",), ("group_buy",), ("old_coupon",),
    )  # fmt: skip
    assert (manifest.before, manifest.after) == (("points",), ("group_buy",))
    assert manifest.permissions == ("coupon.edit", "orders.read")
    assert manifest.data.en.startswith("Codes and their uses")


def test_optional_keys_may_be_left_out(tmp_path):
    short = "\n".join(GOOD.splitlines()[:6])
    manifest = read(tmp_path, short)
    assert (manifest.category, manifest.needs, manifest.data) == ("other", (), NO_DATA)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "coupon"', 'name = "coupons"', ":2  name is 'coupons' but its folder or module is 'coupon'."),
        ('name = "coupon"', 'name = "Coupon!"', ":2  name is 'Coupon!'. Allowed: letters a–z"),
        ('name = "coupon"', "name = 7", ":2  name is 7."),
        ('name = "coupon"\n', "", "plugin.toml  name is missing."),
        ('"1.4.0"', '"one"', ":3  version is 'one'. Write a version such as"),
        ('">=0.1,<1"', '"any"', ":4  sdk is 'any'. Write a range such as"),
        ('sdk = ">=0.1,<1"\n', "", "sdk is missing. Write a range such as"),
        (', zh = "优惠券"', "", ":5  title lacks the text for zh."),
        ('en = "Coupons"', 'en = " "', ":5  title lacks the text for en."),
        ('en = "Coupons"', 'en = "Coupons", fr = "Bons"', "title has an unknown language 'fr'."),
        ('title = { en = "Coupons", zh = "优惠券" }', 'title = "Coupons"', "title lacks the text for en."),
        ('"promotion"', '"Marketing!"', ":7  category is 'Marketing!'."),
        ('category = "promotion"', 'level = "galaxy"', ":7  level is 'galaxy'. Write \"shop\" or \"platform\"."),
        ('needs = ["customers_plus"]', 'needs = "customers_plus"', ' Write a list: needs = ["…"].'),
        ('["customers_plus"]', '["Customers Plus"]', ":8  needs has 'Customers Plus', which is no name."),
        ('["customers_plus"]', '["coupon"]', ":8  needs names the plugin itself."),
        ('["old_coupon"]', '["group_buy"]', ":10  group_buy stands under uses and under conflicts."),
        ('["points"]', '["group_buy"]', ":11  group_buy stands under before and under after."),
        ('"coupon.edit"', '"edit"', ":13  permissions has 'edit', which is no permission."),
        ("needs =", "need =", ":8  need is not a key of a manifest. Did you mean needs?"),
        ("needs =", "colour =", "colour is not a key of a manifest. Known keys: name, version"),
        ("[data]", "[data", ":15  is not valid TOML"),
        ('zh = "券码与使用记录，停用后保留。"', "", ":15  data lacks the text for zh."),
    ],
)  # fmt: skip
def test_mistake_is_named_with_file_and_key(tmp_path, old, new, said):
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new))
    assert all(one.startswith("plugins/coupon/plugin.toml") for one in found)
    assert any(said in one for one in found), found


def test_all_mistakes_are_named_at_once(tmp_path):
    found = mistakes(tmp_path, 'name = "coupon"\nversion = "x"\nwho = 1\n')
    keys = {one.split("  ")[1].split()[0] for one in found}
    assert keys == {"version", "who", "sdk", "title", "summary"}


def test_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "plugin.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PluginRefusedError, match="cannot be read"):
        read_manifest(tmp_path / "plugin.toml", file="plugin.toml", name="coupon")


@pytest.mark.parametrize(
    ("asked", "works"),
    [(">=0.1,<1", True), (">=0.2", False), ("==0.1.*", True), ("<0.1", False), ("~=0.1", True)],
)
def test_sdk_range_is_held_against_the_version(tmp_path, asked, works):
    manifest = read(tmp_path, GOOD.replace('">=0.1,<1"', f'"{asked}"'))
    assert manifest.works_with_sdk("0.1.0") is works


class TeaClub(Plugin):
    version = "0.1.0"
    sdk = ">=0.1,<1"
    title = {"en": "Tea club", "zh": "茶友会"}  # noqa: RUF012
    summary = {"en": "For friends.", "zh": "给朋友。"}  # noqa: RUF012
    needs = ("coupon",)


def test_plugin_class_carries_the_same_manifest():
    manifest = manifest_of(TeaClub, source="", file="plugins/tea_club.py", name="tea_club")
    assert (manifest.name, manifest.version, manifest.needs) == ("tea_club", "0.1.0", ("coupon",))


def test_misspelt_attribute_of_a_plugin_class_is_named():
    class Wrong(Plugin):
        verison = "0.1.0"
        sdk = ">=0.1"
        colour = "red"

    with pytest.raises(PluginRefusedError) as refused:
        manifest_of(Wrong, source="\nclass Wrong:\n    verison = 1\n", file="plugins/wrong.py", name="wrong")
    found = [str(problem) for problem in refused.value.problems]
    assert "plugins/wrong.py:3  verison is not a key of a manifest. Did you mean version?" in found
    assert not any("colour" in one for one in found)
