"""A new shop's Friday evening, on a phone: two hundred orders are shipped from a file, one is cancelled, one comes back."""

import csv
import io
import re
import time
from collections import Counter
from email import message_from_bytes, policy

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.commerce.aftersale import telling
from core.commerce.messages import core_topics
from core.commerce.messages.topics import Topic
from core.kernel.i18n import gettext, speaking
from plugins.group_buy import messages
from tests.core.commerce.messages.servers import mail_server
from tests.e2e.crowd import send_crowd
from tests.e2e.first_hour import PRODUCT, Counted, taken_photo, up_to_the_test_order

CUSTOMERS, EACH = 49, 4
# With three of a group and one who buys in a browser.
TO_SHIP = CUSTOMERS * EACH + 3 + 1
STRANGER = "QS10001"
# A new shop's orders have plain numbers from 10001 on.
ORDER_NUMBER = re.compile(r"(?<!\d)1\d{4}(?!\d)")


def _subject(key):
    with speaking("zh-CN"):
        words = gettext(TOPICS[key].words["email"].subject)
    return re.compile(re.sub(r"\\{\\{\w+\\}\\}", ".+", re.escape(words)))


TOPICS = {
    topic.key: topic
    for part in (core_topics, telling, messages)
    for topic in vars(part).values()
    if isinstance(topic, Topic) and "email" in topic.words and topic.audience == "buyer"
}
SUBJECTS = {key: _subject(key) for key in TOPICS}
WITHOUT_ORDER = {key for key, topic in TOPICS.items() if "order_number" not in str(topic.words["email"])}


class Stopwatch:
    """Says how long each part of the story took."""

    def __init__(self):
        self.begun = self.last = time.monotonic()

    def said(self, what):
        now = time.monotonic()
        print(f"{what}: {now - self.last:.1f} s", flush=True)
        self.last = now


@pytest.fixture
def post_office():
    """A real mail server on this machine."""
    with mail_server() as office:
        yield office


def test_a_friday_evening(people, post_office, tmp_path):
    # Whenever the tests run, it is an evening before the quiet hours, and what waits leaves in the morning.
    people.program.advance_to(19, "Asia/Shanghai")
    watch, merchant = Stopwatch(), people.merchant("zh-CN", phone=True)
    print()
    hands = Counted(merchant)
    shop, _ = up_to_the_test_order(
        merchant, hands, taken_photo(tmp_path), email="friday@example.com", shop="周五茶铺"
    )
    watch.said(f"first hour up to the paid test order ({hands.said()})")
    set_up_mail(merchant, shop, post_office.port)
    stock_up(merchant, shop)
    offer_group_buy(merchant, shop)
    watch.said("mail server, stock and group-buy of three set up on the phone")

    crowd = send_crowd(people.program, shop=shop, customers=CUSTOMERS, each=EACH)
    bought = len(crowd.plain) + len(crowd.group) + len(crowd.alone)
    watch.said(f"{bought} orders placed and paid, {len(crowd.plain)} of them within {crowd.seconds:.1f} s")
    returning, cancelling = (people.buyer(shop, name) for name in ("returning", "cancelling"))
    back, gone = (buys(one, f"{one.name}@example.com", post_office) for one in (returning, cancelling))
    watch.said("2 more bought in the browser")

    cancels(cancelling)
    watch.said("one cancelled before it was shipped")
    numbers = ship_everything(merchant, shop, tmp_path, crowd=crowd, back=back, cancelled=gone)
    watch.said(f"{len(numbers)} shipped from two files, pick list and packing slips made")
    returns(returning, merchant, shop, tmp_path)
    watch.said("one sent back, received and paid back")

    # The group of one runs out, and what goes back has arrived.
    people.program.advance(hours=2, minutes=5)
    people.program.advance(minutes=2)
    watch.said("time went on")
    expected = expected_messages(crowd, back, gone)
    check_messages(merchant, shop, post_office, expected)
    watch.said(f"{sum(expected.values())} messages arrived, each once")
    print(f"in all: {time.monotonic() - watch.begun:.1f} s")


def set_up_mail(merchant, shop, port):
    """The shop's own mail server, on the form of the channel."""
    merchant.visit(shop, "/settings/messages/channels/email")
    merchant.field("Server").fill("127.0.0.1")
    merchant.field("Port").fill(str(port))
    merchant.page.get_by_text(merchant.words("Not encrypted")).click()
    merchant.field("Sender's address").fill("shop@friday.example.com")
    merchant.shot("mail-server")
    merchant.button("Save channel").first.click()
    merchant.sees("The channel is saved.")
    merchant.button("Test the connection").click()
    merchant.sees("It works.")


def stock_up(merchant, shop):
    """Enough for the evening."""
    merchant.visit(shop, f"/products/?q={PRODUCT}")
    merchant.page.locator("table.index a.rowlink").first.click()
    merchant.page.locator('[name$="stock"]:visible').first.fill("500")
    merchant.button("Save").first.click()
    merchant.sees("Saved.")


def offer_group_buy(merchant, shop):
    """Switched on, and three who buy together pay less."""
    merchant.visit(shop, "/plugins")
    card = merchant.page.locator(".pp-plugin", has=merchant.page.locator("#plugin-group_buy"))
    card.get_by_role("switch").click()
    expect(card.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    merchant.new_group_buy(
        shop, PRODUCT, {PRODUCT: "48"}, name=f"{PRODUCT} 3 人拼", size=3, window=("2", "hours")
    )
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")


def code_in(office, buyer, email):
    """The code in the letter to this address, when it has come."""
    for _ in range(60):
        for letter in office.letters:
            if letter.rcpt_tos == [email]:
                return re.search(r"\d{6}", text_of(letter)[1])[0]
        buyer.page.wait_for_timeout(500)
    raise AssertionError(f"no letter to {email}")


def buys(buyer, email, office):
    """One piece, in the browser, with the code that came by mail; returns the order's number."""
    buyer.code_for = lambda contact: code_in(office, buyer, contact)
    buyer.visit("/login")
    buyer.log_in(email)
    buyer.visit("/")
    buyer.page.get_by_text(PRODUCT).first.click()
    alone = f"{buyer.words('Buy now')}|{buyer.words('Buy alone')}"
    buyer.page.get_by_role("button", name=re.compile(alone)).click()
    buyer.page.wait_for_url(re.compile("/checkout/"))
    buyer.fill_address()
    buyer.place_order()
    buyer.pays()
    buyer.order_url = buyer.page.url
    return ORDER_NUMBER.search(buyer.page.locator("main").inner_text())[0]


def asks(buyer, link, reason, button, *, pictures=()):
    """Go through the pages that ask for something about an order."""
    buyer.open(buyer.order_url)
    buyer.link(link).click()
    if link == "Refund, return or exchange":
        buyer.page.get_by_role("link", name=re.compile(buyer.words("Return it, money back"))).click()
    buyer.field("Reason").select_option(label=buyer.words(reason))
    buyer.button("Next: see what comes back").click()
    buyer.reads(re.compile(r"¥\d+"))
    if pictures:
        buyer.page.locator('input[name="pictures"]').set_input_files(pictures)
    buyer.shot(f"asks-{reason.split()[0].lower()}")
    buyer.button(button).click()
    buyer.page.wait_for_url(re.compile("/cases/"))


def cancels(buyer):
    """Before it is sent nobody has to agree."""
    asks(buyer, "Cancel the order", "I changed my mind", "Cancel the order")
    buyer.shot("cancelled")


def ship_everything(merchant, shop, folder, *, crowd, back, cancelled):
    """Pick list and slips by the select mode, the test order by hand, all others from two files; returns the numbers."""
    wanted = {one.number for one in crowd.plain + crowd.group} | {back}
    make_lists(merchant, shop, len(wanted) + 1)
    waiting = waiting_orders(merchant, shop)
    (by_hand,) = set(waiting) - wanted  # the test order of the first hour
    numbers = [one for one in waiting if one != by_hand]
    assert set(numbers) == wanted
    assert len(numbers) == TO_SHIP == 200
    assert cancelled not in numbers
    doubled = crowd.group[0].number  # of somebody else than the one whose number it gets
    unknown, *rest = (one for one in numbers if one != doubled)
    merchant.order(shop, by_hand)
    merchant.link("Ship").click()
    merchant.field("Tracking number").fill("SF9000000000001")
    merchant.button("Mark as sent").click()
    merchant.reads("SF9000000000001")

    tracking = {number: f"SF14{place:011}" for place, number in enumerate(waiting)}
    right = [(number, "顺丰速运", tracking[number]) for number in rest]
    wrong = [
        (by_hand, "顺丰速运", tracking[by_hand]),
        (unknown, "顺蜂快运", tracking[unknown]),
        (doubled, "顺丰速运", tracking[rest[0]]),
        (STRANGER, "顺丰速运", "SF14999999999"),
        (cancelled, "顺丰速运", "SF14999999998"),
        (rest[1], "顺丰速运", tracking[rest[1]]),
    ]
    hand_in(merchant, shop, folder / "第一批.csv", right + wrong)
    assert tally(merchant) == [len(rest), 1, 5]
    for words in ("There is no order with this number", "The order is cancelled"):
        merchant.sees(words)
    for words in ("Unknown carrier “%(words)s”; did you mean %(like)s?", "Stands in the file twice: see line %(line)s",
                  "The same tracking number stands in line %(line)s for order %(order)s", "Already shipped%(by)s%(at)s"):  # fmt: skip
        merchant.reads(re.compile(re.sub(r"%\\\(\w+\\\)s", ".*", re.escape(merchant.words(words)))))
    fits(merchant)
    merchant.shot("file-checked")
    carry_out(merchant, len(rest), [len(rest), 1, 5])
    fits(merchant)
    merchant.shot("file-shipped")
    hand_in(
        merchant, shop, folder / "第二批.csv", [(one, "顺丰", tracking[one]) for one in (unknown, doubled)]
    )
    carry_out(merchant, 2, [2, 0, 0])
    merchant.visit(shop, "/orders/?view=to_ship")
    merchant.sees("Everything is on its way")
    return numbers


def fits(merchant):
    """Nothing on the page is wider than the phone."""
    assert merchant.page.evaluate("document.documentElement.scrollWidth") <= 390


def make_lists(merchant, shop, count):
    """The pick list and the packing slips of everything that waits, chosen with the thumb."""
    for action, button in (("Pick list", "Make the pick list"), ("Packing slips", "Make the packing slips")):
        merchant.visit(shop, "/orders/?view=to_ship")
        merchant.link("Select").click()
        expect(merchant.page.locator("[data-bulk]")).to_be_visible()
        merchant.page.locator("table.index tbody tr").nth(1).click()
        expect(merchant.page.locator("[data-chosen]")).to_have_text(
            merchant.words("{n} selected").format(n=1)
        )
        merchant.page.locator("[data-choose-all]").click()
        expect(merchant.page.locator("[data-chosen]")).to_contain_text(str(count))
        merchant.shot(f"select-{action.split()[0].lower()}")
        merchant.button(action, merchant.page.locator("[data-bulk]")).click()
        merchant.button(button).click()
        ready = merchant.link("Download")
        expect(ready).to_be_visible(timeout=60_000)
        with merchant.page.expect_download() as made:
            ready.click()
        assert made.value.path().read_bytes().startswith(b"%PDF")


def waiting_orders(merchant, shop):
    """The numbers in the table that the page for shipping from a file offers."""
    merchant.visit(shop, "/orders/ship-file/")
    with merchant.page.expect_download() as made:
        merchant.link("Orders to ship, as CSV").click()
    rows = list(csv.reader(io.StringIO(made.value.path().read_text("utf-8-sig"))))
    return [row[0] for row in rows[1:]]


def hand_in(merchant, shop, file, rows):
    """Choose a file on the phone and have it checked."""
    with file.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([("订单号", "快递公司", "运单号"), *rows])
    merchant.visit(shop, "/orders/ship-file/")
    merchant.page.locator('input[type="file"]').set_input_files(file)
    merchant.button("Check the file").click()
    merchant.sees("Nothing has shipped yet")


def carry_out(merchant, ready, expected):
    """Ship what is ready and read what became of it."""
    merchant.button("Ship %(count)s rows", count=ready).first.click()
    expect(merchant.page.get_by_role("link", name=merchant.words("Results as CSV"))).to_be_visible(
        timeout=90_000
    )
    assert tally(merchant) == expected


def tally(merchant):
    """The numbers of the strip above the rows."""
    return [int(one) for one in merchant.page.locator(".pp-stats .value").all_inner_texts()]


def returns(buyer, merchant, shop, folder):
    """With a reason and a picture; the merchant agrees, the goods come back, and so does the money."""
    picture = folder / "broken.png"
    Image.new("RGB", (800, 600), "#7a2f1d").save(picture)
    asks(buyer, "Refund, return or exchange", "Damaged or faulty", "Ask for the return", pictures=[picture])
    buyer.sees("The shop looks at it")
    buyer.case_url = buyer.page.url
    answer_case(merchant, shop)
    merchant.shot("return-with-picture")
    merchant.page.locator('[name="answer"]').first.fill("非常抱歉，请寄回，运费我们承担。")
    merchant.page.locator('[name="return_to"]').fill("售后组，杭州市西湖区转塘街道 12 号")
    merchant.button("Agree").first.click()
    buyer.page.reload()
    buyer.sees("Agreed: please send it back")
    buyer.sees("售后组，杭州市西湖区转塘街道 12 号")
    buyer.page.locator('[name="carrier"]').select_option("sf")
    buyer.page.locator('[name="tracking_number"]').fill("SF15000000000007")
    buyer.button("Save the number").click()
    buyer.sees("Your parcel is on its way to the shop")
    answer_case(merchant, shop)
    merchant.button("Received, refund now").click()
    merchant.shot("return-received")


def answer_case(merchant, shop):
    """Open the only case that waits for the shop."""
    merchant.visit(shop, "/aftersale/?view=ours")
    merchant.page.locator("table.index a.rowlink").first.click()
    merchant.page.wait_for_url(re.compile(r"/aftersale/[0-9a-f-]{36}"))


def expected_messages(crowd, back, gone):
    """(topic, e-mail, order number) of everything that buyers have to hear, each once."""
    found = Counter()
    people = {one.number: one.email for one in (*crowd.plain, *crowd.group, *crowd.alone)}
    people |= {back: "returning@example.com", gone: "cancelling@example.com"}
    for number, email in people.items():
        found[("orders.paid", email, number)] = 1
    for one in (*crowd.plain, *crowd.group):
        found[("fulfilment.shipped", one.email, one.number)] = 1
    found[("fulfilment.shipped", "returning@example.com", back)] = 1
    leader, friend, last = crowd.group
    found[("group_buy.started", leader.email, "")] = 1
    for one in (leader, friend):
        found[("group_buy.one_seat_left", one.email, "")] = 1
    for one in (leader, friend, last):
        found[("group_buy.succeeded", one.email, one.number)] = 1
    (alone,) = crowd.alone
    found[("group_buy.started", alone.email, "")] = 1
    found[("group_buy.failed", alone.email, alone.number)] = 1
    found[("orders.cancelled", "cancelling@example.com", gone)] = 1
    for number in (alone.number, back, gone):
        found[("payments.refund_done", people[number], number)] = 1
    for topic in ("aftersale.awaited", "aftersale.received"):
        found[(topic, "returning@example.com", back)] = 1
    for email in {*people.values()}:
        found[("customers.login_code", email, "")] = 1
    return found


def check_messages(merchant, shop, office, expected):
    """Every message is at the mail server and in the outbox, and none is there twice."""
    numbers = {number for _, _, number in expected if number}
    people = {email for _, email, _ in expected}

    def arrived():
        return Counter(
            one for one in (read(letter, numbers) for letter in office.letters) if one[1] in people
        )

    merchant.program.advance(hours=12)
    patience = time.monotonic() + 180
    while arrived().total() < sum(expected.values()) and time.monotonic() < patience:
        merchant.page.wait_for_timeout(500)
    merchant.page.wait_for_timeout(1000)
    assert arrived() - expected == Counter(), "nobody expected these"
    assert expected - arrived() == Counter(), "these never came"
    texts = Counter((letter.rcpt_tos[0], bytes(letter.content)) for letter in office.letters)
    assert texts.total() == len(texts)
    merchant.visit(shop, "/messages/")
    merchant.shot("outbox")
    assert in_outbox(merchant, shop, {topic for topic, _, _ in expected}, people) == Counter(
        (topic, email) for topic, email, _ in expected.elements()
    )


def text_of(letter):
    """Subject and plain text of a letter."""
    mail = message_from_bytes(letter.content, policy=policy.default)
    return mail["subject"], mail.get_body(("plain",)).get_content()


def read(letter, numbers):
    """(topic, recipient, order number) of a letter, told by its subject and text."""
    subject, text = text_of(letter)
    topic = next((key for key, words in SUBJECTS.items() if words.fullmatch(subject)), subject)
    named = [] if topic in WITHOUT_ORDER else ORDER_NUMBER.findall(f"{subject} {text}")
    return topic, letter.rcpt_tos[0], next((one for one in named if one in numbers), "")


def in_outbox(merchant, shop, topics, people):
    """(topic, recipient) of every e-mail that the outbox says was sent."""
    found = Counter()
    for topic in topics:
        merchant.visit(shop, f"/messages/?topic={topic}&channel=email&state=sent&size=100")
        while True:
            rows = merchant.page.locator("table.index td.r-title a.rowlink").all_inner_texts()
            found.update((topic, one) for one in rows if one in people)
            onward = merchant.link("Next page")
            if not onward.count():
                break
            merchant.open(onward.evaluate("one => one.href"))
    return found
