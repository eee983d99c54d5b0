"""Unit: reading page documents, what they need, and the sections that come out."""

from uuid import UUID, uuid4

import pytest
from marshmallow import Schema, fields

from core.rendering.blocks import BlockType, BlockTypes, GoodsNeed, GoodsSupply, Needs, Supply
from core.rendering.contexts import ImageView
from core.rendering.pages import EMPTY_PAGE, page_needs, read_page, section_views
from core.rendering.sections import core_block_types


def document(*sections, order=None):
    return {
        "sections": {f"s{i}": section for i, section in enumerate(sections)},
        "order": order if order is not None else [f"s{i}" for i in range(len(sections))],
    }


def words(text="hello", **more):
    return {"type": "announcement", "v": 1, "settings": {"text": text}, **more}


class NoteSettings(Schema):
    text = fields.String(required=True)


def note_type(**more):
    return BlockType(
        name="notes/note",
        label="Note",
        schema=NoteSettings,
        template="notes/note.html",
        load=more.pop("load", lambda sections: [{"text": one.settings["text"]} for one in sections]),
        **more,
    )


def types_with(*more):
    types = core_block_types()
    for one in more:
        types.add(one, plugin="notes")
    return types


def test_read_page_keeps_the_order():
    tree = read_page(document(words("a"), words("b"), order=["s1", "s0"]), core_block_types())
    assert [section.settings["text"] for section in tree.sections] == ["b", "a"]


def test_read_page_of_nothing_is_empty():
    assert read_page(EMPTY_PAGE, core_block_types()) == read_page(
        {"sections": {}, "order": []}, core_block_types()
    )


def test_read_page_keeps_unknown_hidden_and_newer_sections_out_of_sight():
    unknown = {"type": "nobody/knows", "v": 1, "settings": {"x": 1}}
    tree = read_page(document(unknown, words(hidden=True), words(v=2), words("seen")), core_block_types())
    assert (tree.kept, [one.id for one in tree.sections], tree.problems) == (("s0", "s1", "s2"), ["s3"], ())


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        {"sections": {}, "order": ["s0"]},
        {"sections": {"s0": {}}, "order": []},
        {"sections": [], "order": []},
    ],
)
def test_read_page_reports_a_broken_shape(broken):
    tree = read_page(broken, core_block_types())
    assert tree.sections == ()
    assert [problem.place for problem in tree.problems] == [""]


def test_read_page_reports_more_sections_than_a_page_holds():
    tree = read_page(document(*[words()] * 41), core_block_types())
    assert tree.problems[0].message == "A page has at most 40 sections."


def test_read_page_reports_the_setting_that_is_wrong_and_shows_the_others():
    wrong = {
        "type": "announcement",
        "v": 1,
        "settings": {"text": "x", "link": {"kind": "url", "ref": "javascript:alert(1)"}},
    }
    tree = read_page(document(wrong, words("fine")), core_block_types())
    assert [(one.place, one.message) for one in tree.problems] == [
        ("sections/s0/link", "An address elsewhere begins with https://.")
    ]
    assert [one.settings["text"] for one in tree.sections] == ["fine"]


def test_read_page_reads_child_blocks_and_leaves_unknown_ones():
    nav = {
        "type": "icon_nav",
        "v": 1,
        "settings": {},
        "blocks": {
            "a": {"type": "door", "settings": {"label": "Tea", "icon": "leaf", "link": {"kind": "home"}}},
            "b": {"type": "window", "settings": {}},
        },
        "order": ["b", "a"],
    }
    tree = read_page(document(nav), core_block_types())
    assert [block.settings["label"] for block in tree.sections[0].blocks] == ["Tea"]
    assert tree.kept == ("b",)


def test_read_page_refuses_more_child_blocks_than_the_type_takes():
    door = {"type": "door", "settings": {"label": "Tea", "link": {"kind": "home"}}}
    nav = {
        "type": "icon_nav",
        "blocks": {str(i): door for i in range(11)},
        "order": [str(i) for i in range(11)],
    }
    assert [one.message for one in read_page(document(nav), core_block_types()).problems] == [
        "At most 10 here."
    ]


def test_read_page_brings_old_settings_up_to_date():
    newer = note_type(version=3, upgrade=lambda version, old: {"text": f"{old['words']} (was {version})"})
    old = {"type": "notes/note", "v": 1, "settings": {"words": "hello"}}
    tree = read_page(document(old), types_with(newer))
    assert tree.sections[0].settings == {"text": "hello (was 1)"}


def test_page_needs_are_put_together():
    picture = uuid4()
    hero = {"type": "hero", "settings": {"title": "Hello", "image": str(picture)}}
    goods = {"type": "goods", "settings": {"collection": "tea", "limit": 4}}
    tree = read_page(document(hero, goods, goods, words()), core_block_types())
    assert page_needs(tree, core_block_types()) == Needs(
        frozenset({GoodsNeed("tea", (), 4)}), frozenset({picture})
    )


def test_section_views_carry_their_data():
    picture = UUID(int=7)
    image = ImageView(url="/p.png", alt="Tea", width=2, height=1)
    hero = {
        "type": "hero",
        "settings": {
            "title": "Hello",
            "image": str(picture),
            "button": "Go",
            "link": {"kind": "collection", "ref": "tea"},
        },
    }
    tree = read_page(document(hero), core_block_types())
    (view,) = section_views(tree, core_block_types(), Supply(images={picture: image}))
    assert (view.template, view.context["section"].image, view.context["section"].link.url) == (
        "sections/hero.html",
        image,
        "/collections/tea",
    )


def test_section_without_goods_is_left_out():
    tree = read_page(document({"type": "goods", "settings": {"collection": "tea"}}), core_block_types())
    need = GoodsNeed("tea", (), 8)
    assert section_views(tree, core_block_types(), Supply()) == ()
    assert section_views(tree, core_block_types(), Supply(goods={need: GoodsSupply()})) == ()


@pytest.mark.parametrize(("plugins_on", "shown"), [(set(), 1), ({"notes"}, 2)])
def test_door_into_a_plugin_shows_only_while_it_is_on(plugins_on, shown):
    doors = {
        "a": {"type": "door", "settings": {"label": "Notes", "link": {"kind": "plugin", "ref": "notes"}}},
        "b": {"type": "door", "settings": {"label": "Tea", "link": {"kind": "collection", "ref": "tea"}}},
    }
    nav = {"type": "icon_nav", "settings": {}, "blocks": doors, "order": ["a", "b"]}
    tree = read_page(document(nav), core_block_types())
    (view,) = section_views(tree, core_block_types(), Supply(plugins_on=frozenset(plugins_on)))
    assert len(view.context["section"].items) == shown


def test_plugin_section_is_left_out_while_the_plugin_is_off():
    types = types_with(note_type())
    tree = read_page(document({"type": "notes/note", "settings": {"text": "x"}}), types)
    assert section_views(tree, types, Supply()) == ()
    (view,) = section_views(tree, types, Supply(plugins_on=frozenset({"notes"})))
    assert (view.type, dict(view.context)) == ("notes/note", {"text": "x"})


def test_plugin_sections_are_loaded_in_one_call():
    calls = []

    def load(sections):
        calls.append([one.settings["text"] for one in sections])
        return [{"n": number} for number, _ in enumerate(sections)]

    types = types_with(note_type(load=load))
    page = document(*({"type": "notes/note", "settings": {"text": text}} for text in "abc"))
    views = section_views(read_page(page, types), types, Supply(plugins_on=frozenset({"notes"})))
    assert (calls, [view.context["n"] for view in views]) == ([["a", "b", "c"]], [0, 1, 2])


@pytest.mark.parametrize("answer", [RuntimeError("broken"), [], [{}, {}, {}]])
def test_plugin_that_fails_to_load_leaves_out_its_own_sections_only(answer):
    def load(sections):
        if isinstance(answer, Exception):
            raise answer
        return answer

    types = types_with(note_type(load=load))
    note = {"type": "notes/note", "settings": {"text": "x"}}
    tree = read_page(document(note, words("stays"), note), types)
    views = section_views(tree, types, Supply(plugins_on=frozenset({"notes"})))
    assert [view.type for view in views] == ["announcement"]


def test_block_type_names_belong_to_their_plugin():
    types = BlockTypes()
    with pytest.raises(ValueError, match="must begin with notes/"):
        types.add(core_block_types().get("hero"), plugin="notes")
    types.add(note_type(), plugin="notes")
    with pytest.raises(ValueError, match="declared twice"):
        types.add(note_type(), plugin="notes")


def test_block_type_with_versions_needs_an_upgrade():
    with pytest.raises(ValueError, match="no upgrade"):
        BlockTypes().add(note_type(version=2), plugin="notes")
