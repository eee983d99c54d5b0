"""Unit: changes of page documents, and what is said about them."""

from hypothesis import given
from hypothesis import strategies as st

from core.commerce.content import documents as d


def section(**settings):
    return {"type": "rich_text", "v": 1, "settings": settings}


def page(*names):
    return {"sections": {name: section(title=name) for name in names}, "order": list(names)}


def said(before, after):
    return [(one.what, one.section, one.before, one.after) for one in d.differences(before, after)]


def test_a_new_section_stands_after_the_one_that_was_open():
    changed, made = d.with_section(page("a", "b"), section(title="new"), after="a")
    assert changed["order"] == ["a", made, "b"]
    assert len(made) == 10
    assert d.shape_fault(changed) == ""


def test_a_copy_has_ids_of_its_own_down_to_its_blocks():
    twins = {"blocks": {"x": {"type": "q", "settings": {}}}, "order": ["x"]}
    document = {"sections": {"a": {**section(), **twins}}, "order": ["a"]}
    changed, made = d.with_copy(document, "a")
    assert changed["order"] == ["a", made]
    assert not set(changed["sections"][made]["blocks"]) & {"x"}
    assert changed["sections"][made]["order"] == list(changed["sections"][made]["blocks"])


def test_changes_leave_the_document_they_began_with_as_it_was():
    before = page("a", "b")
    kept = page("a", "b")
    d.with_hidden(before, "a", True)
    d.with_content(before, "a", {"settings": {"title": "x"}})
    d.with_place(before, "a", 1)
    d.without_section(before, "b")
    d.with_meta(before, title="x")
    assert before == kept


def test_one_section_that_moved_is_said_to_have_moved_and_no_other():
    assert said(page("a", "b", "c", "d"), page("d", "a", "b", "c")) == [("moved", "d", 4, 1)]


def test_what_was_switched_off_and_what_was_written_is_told_by_its_name():
    before = page("a")
    after = d.with_hidden(d.with_content(before, "a", {"settings": {"title": "B"}}), "a", True)
    assert said(before, after) == [("hidden", "a", None, None), ("set", "a", "a", "B")]


def test_an_answer_that_is_empty_now_and_was_never_given_is_no_change():
    before = {"sections": {"a": section()}, "order": ["a"]}
    after = d.with_content(before, "a", {"settings": {"title": "", "body": []}})
    assert d.differences(before, after) == []


def test_too_many_sections_and_too_many_bytes_are_refused():
    many = {str(n): section() for n in range(d.MAX_SECTIONS + 1)}
    assert d.shape_fault({"sections": many, "order": list(many)})
    large = {"a": section(text="茶" * 200_000)}
    assert d.shape_fault({"sections": large, "order": ["a"]})
    assert d.shape_fault({"sections": {"a": section()}, "order": ["a", "a"]})
    assert d.shape_fault([])
    assert d.shape_fault({"sections": {}, "order": ["a"]})


def test_links_are_found_wherever_they_stand():
    link = {"kind": "page", "ref": "returns"}
    nodes = [{"p": [{"text": "here", "link": link}]}]
    document = {
        "sections": {
            "a": section(link={"kind": "home"}, body=nodes),
            "b": {**section(), "blocks": {"x": {"type": "door", "settings": {"link": link}}}, "order": ["x"]},
        },
        "order": ["a", "b"],
    }
    assert list(d.links_in(document)).count(link) == 2


@given(st.permutations(list("abcdefg")), st.permutations(list("abcdefg")))
def test_moves_are_as_few_as_bring_one_order_into_the_other(before, after):
    moved = {one.section for one in d.differences(page(*before), page(*after)) if one.what == "moved"}
    stayed = [one for one in before if one not in moved]
    assert stayed == [one for one in after if one not in moved]
    assert (not moved) == (before == after)
