"""Inside WeChat: its script comes to shops with an account only, sets the page's card, and its trouble reaches the merchant."""

import re
from datetime import timedelta

import pytest

from core.commerce.sharing.actions import keep_ticket, save_sharing
from core.commerce.sharing.queries import sharing_settings
from core.commerce.sharing.wechat import Ticket
from core.commerce.sources.queries import link_of_code
from core.kernel.clock import now
from core.kernel.db import reading
from core.testing.browsers import host_of
from tests.browser import served

APP = "wx0123456789abcdef"
WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605 MicroMessenger/8.0.50 NetType/WIFI"
HOST = "https://res.wx.qq.com"


@pytest.fixture
def configured(stocked, parts):
    """`configured()` gives a shop a WeChat account, and the ticket that signs its pages."""

    def configure(*, at=None, ticket=True):
        more = {"at": at} if at else {}
        account = {"wechat_app_id": APP, "wechat_secret": "s"}
        stocked(save_sharing, prompts_per_week=2, prompts_per_day=None, **account, **more)
        if ticket:
            until = now() + timedelta(hours=1)
            stocked(keep_ticket, account=(APP, "s"), ticket=Ticket("t1", until), **more)
        parts.frames.forget()

    return configure


@pytest.fixture
def heard(stocked):
    """What the shop has heard from its pages."""

    def read():
        with reading():
            return sharing_settings().page_problem, sharing_settings().page_heard_at

    return lambda: stocked(read)


@pytest.fixture(scope="module")
def address(storefront):
    with served(storefront) as where:
        yield where


def scripts(page):
    return re.search(r"script-src ([^;]*);", page.headers["Content-Security-Policy"])[1].split()


def test_script_comes_to_wechat_in_shops_with_an_account_and_nowhere_else(
    open_browser, configured, other_shop, tea
):
    configured()
    path = f"/products/{tea.handle}"
    inside, outside, elsewhere = open_browser(), open_browser(), open_browser(other_shop)
    for _ in range(2):  # the second time from the cache
        page = inside.get(path, User_Agent=WECHAT)
        assert page.html.count("data-script=") == 1
        assert HOST in scripts(page)
        for other in (outside.get(path), elsewhere.get("/", User_Agent=WECHAT)):
            assert "data-script" not in other.html
            assert HOST not in scripts(other)


def test_script_needs_a_whole_account(visitor, tea):
    assert "data-script" not in visitor.get("/", User_Agent=WECHAT).html


def test_what_pages_hear_is_kept_once_in_a_while_and_only_what_we_know(visitor, configured, heard, clock):
    configured()

    def say(problem, agent=WECHAT):
        return visitor.post("/share/wechat/heard", {"problem": problem}, User_Agent=agent).status

    assert heard() == ("", None)
    assert (say("domain"), say("<b>call 123</b>"), say("domain", "Mozilla/5.0")) == (204, 404, 404)
    problem, at = heard()
    assert problem == "domain"
    clock.advance(minutes=1)
    assert (say("domain"), say("")) == (204, 204)
    assert heard() == ("domain", at)
    assert say("signature") == 204
    assert heard()[0] == "signature"
    clock.advance(minutes=11)
    assert say("") == 204
    assert heard()[0] == ""


def test_shop_without_an_account_hears_nothing_and_another_shop_stays_as_it_is(
    open_browser, configured, heard, other_shop, unchanged
):
    configured()
    with unchanged(other_shop):
        assert (
            open_browser(other_shop)
            .post("/share/wechat/heard", {"problem": "domain"}, User_Agent=WECHAT)
            .status
            == 204
        )
    assert heard() == ("", None)


def share_of(*, code):
    """The share link that a card leads to."""
    with reading():
        return link_of_code(code)


@pytest.mark.e2e
class TestInABrowser:
    """A browser that calls itself WeChat's, and a script in the place of WeChat's that writes down what it is told."""

    FAKE = """
    window.told = {config: [], message: [], timeline: []};
    let ready = () => {}, error = () => {};
    window.wx = {
      ready: (f) => { ready = f; }, error: (f) => { error = f; },
      config: (given) => { told.config.push(given); setTimeout(() => %s, 0); },
      updateAppMessageShareData: (card) => told.message.push(card),
      updateTimelineShareData: (card) => told.timeline.push(card),
    };
    """

    @pytest.fixture
    def opened(self, chromium, address, shop, tea, fresh):
        """`opened(answer)` is the product's page, where WeChat's script does `answer`; None: it does not load."""
        contexts = []

        def open_page(answer):
            context = chromium.new_context(user_agent=WECHAT)
            contexts.append(context)
            page = context.new_page()
            page.troubles = []
            page.on("pageerror", lambda error: page.troubles.append(str(error)))
            page.on(
                "console",
                lambda one: page.troubles.append(one.text) if "Content Security" in one.text else None,
            )

            def give(route):
                if answer is None:
                    route.abort()
                else:
                    route.fulfill(body=self.FAKE % answer, content_type="text/javascript")

            page.route(f"{HOST}/**", give)
            port = address.rpartition(":")[2]
            with page.expect_response("**/share/wechat/heard") as said:
                page.goto(f"http://{host_of(shop)}:{port}/products/{tea.handle}?from=singlemessage")
            assert said.value.status == 204
            return page

        yield open_page
        for context in contexts:
            context.close()

    def test_friends_get_the_card_of_the_page(self, opened, configured, heard, tea, shop, stocked):
        configured()
        page = opened("ready()")
        told = page.evaluate("told")
        (signed,) = told["config"]
        assert (signed["appId"], len(signed["signature"]), signed["debug"]) == (APP, 40, False)
        assert set(signed["jsApiList"]) == {"updateAppMessageShareData", "updateTimelineShareData"}
        (card,) = told["message"]
        assert card["title"] == page.locator("h1").first.inner_text()
        shared = stocked(share_of, code=card["link"].rpartition("/")[2])
        assert (shared.target, shared.place, shared.kind) == (f"/products/{tea.handle}", "wechat", "share")
        assert card["desc"]
        assert told["timeline"] == [{name: card[name] for name in ("title", "link", "imgUrl")}]
        assert heard()[0] == ""
        assert heard()[1] is not None
        assert page.troubles == []

    @pytest.mark.parametrize(
        ("answer", "problem"),
        [("error({errMsg: 'config:invalid signature'})", "signature"), ("error({errMsg: 'config:invalid url domain'})", "domain"),
         ("error({})", "other"), (None, "script")],
    )  # fmt: skip
    def test_trouble_is_the_merchants_and_not_the_buyers(self, opened, configured, heard, answer, problem):
        configured()
        page = opened(answer)
        assert heard()[0] == problem
        assert page.troubles == []
        assert page.locator(".notices .note").count() == 0

    def test_page_without_a_signature_is_told(self, opened, configured, heard):
        configured(ticket=False)
        assert opened("ready()").evaluate("told.config") == []
        assert heard()[0] == "unsigned"
