"""Drafts beside what is live: saving, publishing, going back, two people at once, two shops."""

from contextlib import contextmanager
from uuid import UUID

import pytest

from core.commerce.content import actions
from core.commerce.content.documents import with_meta, with_section
from core.commerce.content.errors import (
    DraftMoved,
    NothingToPublish,
    PageLinked,
    UnknownPage,
    UnknownRevision,
)
from core.commerce.content.frames import frame_document, frame_values, typed_frame
from core.commerce.content.queries import (
    page_draft,
    pages,
    published_page,
    revision,
    revisions,
    written_page,
)
from core.commerce.shops.actions import update_shop
from core.commerce.shops.queries import shop_epoch, shop_settings
from core.kernel.db import reading
from core.kernel.errors import InputRefused, PermissionRefused
from core.kernel.tenancy import GUEST, SYSTEM, Actor, acting_as, shop_bound
from core.testing.races import race


def words(text):
    document, _ = with_section(
        {"sections": {}, "order": []}, {"type": "rich_text", "settings": {"title": text}}
    )
    return document


def read(query, *arguments, **named):
    with reading():
        return query(*arguments, **named)


def titles():
    """Of the sections that shoppers see on the home page."""
    found = read(published_page, "home").document["sections"].values()
    return [one["settings"]["title"] for one in found]


@contextmanager
def by(name):
    with acting_as(Actor("system", name=name)):
        yield


def test_a_draft_is_seen_by_nobody_until_it_is_published(in_shop):
    first = actions.save_draft(ref="home", base=0, document=words("a"))
    assert read(published_page, "home") is None
    before = read(shop_epoch)
    actions.publish_draft(ref="home", base=first)
    assert titles() == ["a"]
    assert read(shop_epoch) == before + 1
    second = actions.save_draft(ref="home", base=first, document=words("b"))
    assert (second, titles()) == (first + 1, ["a"])
    assert read(page_draft, "home").changed


def test_saving_on_a_stale_draft_is_refused_and_keeps_what_is_there(in_shop):
    first = actions.save_draft(ref="home", base=0, document=words("a"))
    with by("林知夏"):
        theirs = actions.save_draft(ref="home", base=first, document=words("b"))
    with pytest.raises(DraftMoved) as refused:
        actions.save_draft(ref="home", base=first, document=words("c"))
    assert refused.value.params == {"name": "林知夏", "number": theirs}
    for act in (actions.publish_draft, actions.discard_draft):
        with pytest.raises(DraftMoved):
            act(ref="home", base=first)
    assert read(page_draft, "home").number == theirs


def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(in_shop):
    base = actions.save_draft(ref="home", base=0, document=words("a"))
    tries = [lambda n=n: actions.save_draft(ref="home", base=base, document=words(str(n))) for n in range(6)]
    ended = race(tries)
    assert sum(one.error is None for one in ended) == 1
    assert all(isinstance(one.error, DraftMoved) for one in ended if one.error)
    assert read(page_draft, "home").number == base + 1


def test_saving_the_same_again_makes_no_new_revision(in_shop):
    document = words("a")
    first = actions.save_draft(ref="home", base=0, document=document)
    assert actions.save_draft(ref="home", base=first, document=document) == first


def test_rolling_back_is_a_new_revision_that_is_live(in_shop):
    first = actions.save_draft(ref="home", base=0, document=words("a"))
    actions.publish_draft(ref="home", base=first)
    second = actions.save_draft(ref="home", base=first, document=words("b"))
    actions.publish_draft(ref="home", base=second)
    third = actions.roll_back(ref="home", base=second, number=first)
    assert read(published_page, "home").document == read(revision, "home", first).document
    kinds = [(one.number, one.kind, one.label) for one in read(revisions, "home", limit=9)]
    assert kinds == [(third, "rollback", str(first)), (second, "publish", ""), (first, "publish", "")]


def test_a_discarded_draft_is_what_is_live_and_its_revisions_stay(in_shop):
    first = actions.save_draft(ref="home", base=0, document=words("a"))
    actions.publish_draft(ref="home", base=first)
    second = actions.save_draft(ref="home", base=first, document=words("b"))
    assert actions.discard_draft(ref="home", base=second) == first
    assert not read(page_draft, "home").changed
    with pytest.raises(NothingToPublish):
        actions.publish_draft(ref="home", base=first)
    restored = actions.restore_draft(ref="home", base=first, number=second)
    assert read(page_draft, "home").document == read(revision, "home", second).document
    assert read(page_draft, "home").number == restored


def test_automatic_revisions_are_tidied_but_never_named_live_or_present_ones(in_shop, monkeypatch):
    monkeypatch.setattr(actions, "KEPT_AUTOMATIC", 3)
    number = actions.save_draft(ref="home", base=0, document=words("0"))
    actions.publish_draft(ref="home", base=number)
    for n in range(1, 8):
        number = actions.save_draft(ref="home", base=number, document=words(str(n)))
        if n == 2:
            actions.name_revision(ref="home", number=number, label="Mid-autumn")
    kept = [one.number for one in read(revisions, "home", limit=50)]
    assert kept == [8, 7, 6, 5, 3, 1]


def test_a_document_that_is_too_large_is_refused(in_shop):
    with pytest.raises(InputRefused):
        actions.save_draft(ref="home", base=0, document=words("茶" * 200_000))
    assert read(page_draft, "home").number == 0


def test_written_pages_have_addresses_of_their_own_and_drafts_answer_nobody(in_shop):
    made = actions.make_page(kind="page", slug="our-story", document=with_meta(words("a"), title="Our story"))
    assert read(written_page, "our-story") is None
    actions.publish_draft(ref=made, base=1)
    assert read(written_page, "our-story").title == "Our story"
    with pytest.raises(InputRefused):
        actions.make_page(kind="policy", slug="our-story", document=words("b"))
    actions.move_page(page_id=made, slug="story")
    assert read(written_page, "our-story") is None
    actions.unpublish_page(page_id=made)
    assert read(written_page, "story") is None


def test_a_page_that_a_menu_leads_to_cannot_be_deleted(in_shop):
    made = actions.make_page(kind="policy", slug="returns", document=words("a"))
    frame = typed_frame(frame_document(read(shop_settings)))
    link = {"kind": "page", "ref": "returns"}
    entry = {"type": "entry", "settings": {"label": "Returns", "link": link}}
    frame["sections"]["frame_menu"] |= {"blocks": {"x": entry}, "order": ["x"]}
    number = actions.save_draft(ref="frame", base=0, document=frame)
    with pytest.raises(PageLinked):
        actions.delete_page(page_id=made)
    frame["sections"]["frame_menu"] |= {"blocks": {}, "order": []}
    actions.save_draft(ref="frame", base=number, document=frame)
    actions.delete_page(page_id=made)
    assert [one.kind for one in read(pages)] == ["frame"]


def test_publishing_a_frame_writes_what_the_shop_says_and_keeps_the_rest(in_shop):
    update_shop(changes={"theme": {"key": "starter", "preset": "tea", "extra": 1}, "announcement": "old"})
    frame = typed_frame(frame_document(read(shop_settings)))
    assert frame["sections"]["frame_announcement"]["settings"]["text"] == "old"
    frame["sections"]["frame_announcement"]["settings"]["text"] = "Moon cakes"
    frame["sections"]["frame_contact"]["settings"] |= {"wechat": "qingshan01", "phone": "400"}
    menu = [
        {"label": "Tea", "link": {"kind": "collections"}, "inside": False},
        {"label": "Green", "link": {"kind": "collection", "ref": "green"}, "inside": True},
    ]
    blocks = {f"b{n}": {"type": "entry", "settings": one} for n, one in enumerate(menu)}
    frame["sections"]["frame_menu"] |= {"blocks": blocks, "order": list(blocks)}
    number = actions.save_draft(ref="frame", base=0, document=frame)
    assert read(shop_settings).announcement == "old"
    actions.publish_draft(ref="frame", base=number)
    now = read(shop_settings)
    assert (now.announcement, now.contact["wechat"], now.theme["extra"]) == ("Moon cakes", "qingshan01", 1)
    assert [
        (one["label"], [below["label"] for below in one.get("below", ())]) for one in now.theme["nav"]
    ] == [("Tea", ["Green"])]
    # Taken apart and put together again it says the same.
    again = frame_values(typed_frame(frame_document(now)), now)
    assert (again.theme, again.contact, again.announcement) == (now.theme, now.contact, now.announcement)


def test_an_announcement_that_is_switched_off_is_empty_and_keeps_its_words(in_shop):
    frame = typed_frame(frame_document(read(shop_settings)))
    frame["sections"]["frame_announcement"] |= {"hidden": True, "settings": {"text": "later"}}
    number = actions.save_draft(ref="frame", base=0, document=frame)
    actions.publish_draft(ref="frame", base=number)
    assert read(shop_settings).announcement == ""
    assert read(page_draft, "frame").live["sections"]["frame_announcement"]["settings"]["text"] == "later"


def test_pages_of_another_shop_do_not_exist(shop, other_shop):
    with shop_bound(other_shop, SYSTEM):
        theirs = actions.make_page(kind="page", slug="secret", document=words("secret"))
        actions.publish_draft(ref=theirs, base=1)
        actions.save_draft(ref="home", base=0, document=words("their home"))
    with shop_bound(shop, SYSTEM):
        assert read(page_draft, theirs) is None
        assert read(written_page, "secret") is None
        assert (read(pages), read(page_draft, "home").number) == ([], 0)
        attempts = [
            lambda: actions.save_draft(ref=theirs, base=1, document=words("x")),
            lambda: actions.publish_draft(ref=theirs, base=1),
            lambda: actions.roll_back(ref=theirs, base=1, number=1),
            lambda: actions.delete_page(page_id=theirs),
            lambda: actions.move_page(page_id=theirs, slug="mine"),
            lambda: actions.unpublish_page(page_id=theirs),
        ]
        for attempt in attempts:
            with pytest.raises(UnknownPage):
                attempt()
        actions.make_page(kind="page", slug="secret", document=words("ours"))
    with shop_bound(other_shop, SYSTEM):
        assert read(written_page, "secret").document["sections"]


def test_revisions_that_a_page_does_not_have_are_refused(in_shop):
    number = actions.save_draft(ref="home", base=0, document=words("a"))
    with pytest.raises(UnknownRevision):
        actions.roll_back(ref="home", base=number, number=99)
    with pytest.raises(UnknownPage):
        actions.save_draft(ref="elsewhere", base=0, document=words("a"))
    with pytest.raises(UnknownPage):
        actions.save_draft(ref=UUID(int=1), base=0, document=words("a"))


def test_buyers_may_not_touch_pages(shop):
    with shop_bound(shop, GUEST), pytest.raises(PermissionRefused):
        actions.save_draft(ref="home", base=0, document=words("a"))
