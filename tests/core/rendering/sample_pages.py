"""The list of sample pages: every page of a storefront in the states that look different."""

from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from core.rendering import contexts as c
from core.rendering.slots import SlotBlock
from tests.core.rendering.sample_aftersale import aftersale_pages
from tests.core.rendering.sample_reviews import review_pages
from tests.core.rendering.samples import NOW, Sample, Samples, later, some_id


def all_samples(s: Samples) -> Iterator[Sample]:
    """Every sample page of one shop."""
    looking = list(browsing(s))
    yield from looking
    yield from review_pages(s, next(one for one in looking if isinstance(one.page, c.ProductPage)))
    yield from buying(s)
    yield from order_pages(s)
    yield from aftersale_pages(s)
    yield from personal(s)
    yield from words(s)


def browsing(s: Samples) -> Iterator[Sample]:
    w = s.w
    yield s.sample("home", c.HomePage(title=w.name, preview=s.preview(w.name), sections=s.sections()))
    tiles = tuple(
        c.CollectionTile(
            title=label,
            url=url,
            image=s.image(w.products[i].file, w.products[i].alt, w.products[i].tile),
            count=5 + i,
            intro=w.products[i].subtitle,
        )
        for i, (label, url) in enumerate(w.nav)
    )
    browse = w.words["browse"]
    yield s.sample(
        "collections", c.CollectionsPage(title=browse, preview=s.preview(browse), collections=tiles)
    )
    label = w.nav[0][0]
    sorts = tuple(c.LinkView(label=sort, url="?sort=x", current=i == 0) for i, sort in enumerate(w.sorts))
    yield s.sample(
        "collection",
        c.CollectionPage(
            title=label,
            preview=s.preview(label),
            back=c.LinkView(label=browse, url="/collections"),
            cards=s.cards(len(w.products)),
            pager=s.pager(),
            intro=Markup(f"<p>{w.products[0].subtitle}</p>"),
            image=tiles[0].image,
            sorts=sorts,
        ),
    )
    empty = c.CollectionPage(
        title=label, preview=s.preview(label), cards=(), pager=c.Pager(page=1, pages=1, total=0)
    )
    yield s.sample("collection-empty", empty)
    search = w.words["search"]
    query = w.words["query"]
    found = c.SearchPage(
        title=search,
        preview=s.preview(search, index=False),
        query=query,
        cards=s.cards(3),
        pager=s.pager(1, 1),
    )
    yield s.sample("search", found)
    ideas = tuple(c.LinkView(label=label, url=url) for label, url in w.nav)
    nothing = c.SearchPage(title=search, preview=s.preview(search, index=False), query="<b>?", ideas=ideas)
    yield s.sample("search-none", nothing)
    yield s.product()
    yield s.product(plain=True)
    yield s.product(group=True)
    sold_out = s.product()
    page = sold_out.page
    assert isinstance(page, c.ProductPage)
    gone = replace(page.product, variant=replace(page.product.variant, stock=c.StockView(state="out")))
    purchase = replace(page.purchase, possible=False, reason=w.words["gone"])
    yield replace(sold_out, name="product-gone", page=replace(page, product=gone, purchase=purchase))


def buying(s: Samples) -> Iterator[Sample]:
    w = s.w
    words = w.words
    cart = c.CartPage(
        title=words["cart"],
        preview=s.preview(words["cart"], index=False),
        lines=(
            s.line(0, 2, w.alone * 2, note=words["note"]),
            s.line(1, 1, 4600, 5200, badges=(c.Badge(text=words["sale"], tone="deal"),)),
            s.line(2, 3, 3000, problem=words["problem"], maximum=2),
        ),
        sum=s.sum(
            w.alone * 2 + 7600,
            (words["goods"], w.alone * 2 + 8200, "base", ""),
            (words["sale"], -600, "discount", w.products[1].title),
            saved=600,
        ),
        update_url="/cart/update",
        problems=(words["cart_problem"],),
        ideas=s.cards(4, 2),
    )
    yield s.sample("cart-problem", cart)
    yield s.sample(
        "cart", replace(cart, lines=cart.lines[:2], problems=(), checkout_url="/checkout", ideas=())
    )
    yield s.sample(
        "cart-empty",
        c.CartPage(
            title=words["cart"], preview=s.preview(words["cart"], index=False), lines=(), ideas=s.cards(4)
        ),
    )
    yield s.sample("checkout", checkout(s, new=True))
    yield s.sample("checkout-group", checkout(s, new=False))
    changed = c.QuoteChange(before=s.money(9800), now=s.money(10800), reasons=(words["changed"],))
    broken = replace(
        checkout(s, new=True), changed=changed, errors=(words["cart_problem"],), reservation=None
    )
    fields = tuple(replace(f, error=words["bad_field"]) if f.name == "phone" else f for f in broken.fields)
    yield s.sample("checkout-changed", replace(broken, fields=fields))
    yield from payments(s)


def checkout(s: Samples, *, new: bool) -> c.CheckoutPage:
    w, words = s.w, s.w.words
    reservation = c.ReservationView(
        text=words["hold"], detail=words["hold_detail"], until=later(minutes=9, seconds=36)
    )
    choice = c.ChoiceView(
        name="group_buy.if_full",
        question=words["if_full"],
        options=tuple(
            c.ChoiceOption(value=str(i), label=label, detail=detail, selected=i == 0)
            for i, (label, detail) in enumerate(w.choices)
        ),
    )
    address = c.AddressOption(id="a1", name=w.person, phone=w.contact, text=w.address, selected=True)
    return c.CheckoutPage(
        title=words["checkout"],
        preview=s.preview(words["checkout"], index=False),
        back=c.LinkView(label=words["cart"], url="/cart"),
        action="/checkout",
        quote_url="/checkout/quote",
        lines=(
            s.line(0, 1, w.group_price, w.alone, badges=(c.Badge(text=w.group.title, tone="deal"),)),
            s.line(1, 1, 1900, 2900),
        ),
        sum=s.sum(
            w.group_price + 900,
            (words["goods"], w.alone + 2900, "base", ""),
            (w.group.title, w.group_price - w.alone, "discount", w.products[0].title),
            (words["sale"], -1000, "discount", w.products[1].title),
            (words["coupon"], -1000, "discount", words["coupon_why"]),
            (words["shipping"], 0, "charge", words["shipping_why"]),
            saved=5900,
            skipped=words["skipped"],
        ),
        quote="signed",
        key="key",
        fields=tuple(c.FieldView(**values) for values in w.fields),
        addresses=() if new else (address,),
        delivery=tuple(
            c.DeliveryOption(id=str(i), kind=kind, label=label, detail=detail, price=s.money(price), selected=i == 0)
            for i, (kind, label, detail, price) in enumerate(w.delivery)
        ),
        pickup_fields=tuple(c.FieldView(**values) for values in w.pickup_fields),
        choices=() if new else (choice,),
        payments=tuple(
            c.PaymentMethod(id=str(i), label=label, detail=detail, icon=icon, selected=i == 0)
            for i, (label, detail, icon) in enumerate(w.payments)
        ),
        reservation=None if new else reservation,
        promises=() if new else (words["promise"],),
        note=c.FieldView(name="note", label=words["note_field"], kind="textarea", required=False),
    )  # fmt: skip


def payments(s: Samples) -> Iterator[Sample]:
    words = s.w.words
    common = {
        "preview": s.preview(words["pay"], index=False),
        "title": words["pay"],
        "number": "QS20261122-0471",
        "amount": s.money(9800),
        "order_url": "/orders/x",
    }
    yield s.sample(
        "payment-ready",
        c.PaymentPage(
            state="ready", headline=words["pay_ready"], detail=words["pay_ready_detail"], until=later(minutes=9),
            pay_url="/pay", pay_label=words["pay_now"], **common,
        ),
    )  # fmt: skip
    yield s.sample(
        "payment-waiting",
        c.PaymentPage(
            state="waiting", headline=words["pay_wait"], detail=words["pay_wait_detail"], check_url="/pay",
            refresh_seconds=4, steps=s.steps("paying"), **common,
        ),
    )  # fmt: skip
    yield s.sample(
        "payment-scan",
        c.PaymentPage(
            state="scan", headline=words["pay_wait"], detail=words["pay_wait_detail"], check_url="/pay",
            refresh_seconds=3, until=later(minutes=9), qr="M2 2h7v1h-7z", qr_size=25, **common,
        ),
    )  # fmt: skip
    yield s.sample(
        "payment-failed",
        c.PaymentPage(
            state="failed", headline=words["pay_failed"], detail=words["pay_failed_detail"], until=later(minutes=6),
            pay_url="/pay", pay_label=words["pay_again"], **common,
        ),
    )  # fmt: skip


def order_pages(s: Samples) -> Iterator[Sample]:
    w, words = s.w, s.w.words
    paid = c.OrderPage(
        share_path="/products/x",
        find_url="/find-order?number=1",
        cases=(c.CaseRow(label=words["order"], status=words["order_paid"], url="/cases/x", tone="warn", amount="12.00"),),
        pickup=c.PickupCodeView(code="K3VT-9DMW", qr="M2 2h7v1h-7z", size=25, place=w.name, hours=w.name),
        title=words["order"],
        preview=s.preview(words["order"], index=False),
        back=c.LinkView(label=words["orders"], url="/account/orders"),
        subject_ids=(some_id(9),),
        number="QS20261122-0471",
        headline=words["order_paid"],
        detail=words["order_paid_detail"],
        tone="ok",
        lines=(s.line(0, 1, w.group_price, w.alone), s.line(1, 1, 1900, 2900)),
        sum=s.sum(
            w.group_price + 1900,
            (words["goods"], w.alone + 2900, "base", ""),
            (w.group.title, w.group_price - w.alone, "discount", ""),
            (words["sale"], -1000, "discount", ""),
        ),
        timeline=s.steps("order"),
        shipments=(
            c.ShipmentView(
                title=words["parcel"], carrier=words["carrier"], number="SF1402398842", at=later(hours=-1),
                contents=(w.products[0].title,), url="https://carrier.example/SF1402398842",
            ),
        ),
        facts=tuple(c.DetailView(label=label, value=value) for label, value in w.order_facts),
        actions=(
            c.OrderAction(label=words["cancel"], url="/orders/x/cancel", post=True, confirm=words["cancel_sure"]),
            c.OrderAction(label=words["ask"], url="mailto:hello@example.com"),
        ),
    )  # fmt: skip
    yield s.sample("order", paid)
    waiting = replace(
        paid,
        headline=words["order_wait"],
        detail=words["order_wait_detail"],
        tone="warn",
        shipments=(),
        holds=(
            c.HoldView(
                text=words["hold_order"], detail=words["hold_order_detail"], until=later(hours=13, minutes=28)
            ),
        ),
    )
    yield s.sample(
        "order-waiting",
        waiting,
        s.slots(SlotBlock("order.status", "samples/status.html", {"group": w.group})),
    )
    refund = c.RefundView(
        number="RF20261123-0018",
        amount=s.money(9800),
        state="sent",
        steps=s.steps("refund"),
        lines=(s.line(0, 1, 8076, note=words["shared"]), s.line(1, 1, 1724, note=words["shared_2"])),
        shipping=s.money(0),
        claw_back=s.money(-500),
    )
    failed = replace(
        paid, headline=words["order_refund"], detail=words["order_refund_detail"], tone="warn", refunds=(refund,),
        shipments=(), timeline=(), actions=(),
    )  # fmt: skip
    yield s.sample("order-refund", failed)
    unpaid = replace(
        paid, headline=words["order_unpaid"], detail="", tone="plain", shipments=(), timeline=s.steps("order")[:1],
        pay=c.LinkView(label=words["pay_now"], url="/pay"),
    )  # fmt: skip
    yield s.sample("order-unpaid", unpaid)


def rows(s: Samples) -> tuple[c.OrderRow, ...]:
    words = s.w.words
    states = (("order_unpaid", "plain"), ("order_wait", "warn"), ("order_paid", "ok"))
    return tuple(
        c.OrderRow(
            number=f"QS20261122-047{i}",
            url="/orders/x",
            placed_at=later(days=-i, hours=-2),
            status=words[key],
            tone=tone,
            total=s.money(9800 + 3100 * i),
            pieces=i + 1,
            images=tuple(
                s.image(s.w.products[n].file, s.w.products[n].alt, s.w.products[n].tile)
                for n in range(i, i + 2)
            ),
            summary=s.w.products[i].title,
            pay_url="/pay" if i == 0 else "",
        )
        for i, (key, tone) in enumerate(states)
    )


def personal(s: Samples) -> Iterator[Sample]:
    words = s.w.words
    contact = c.FieldView(name="contact", label=words["contact_field"], autocomplete="username", value="")
    find = c.FindOrderPage(
        title=words["order"],
        preview=s.preview(words["order"], index=False),
        step="ask",
        action="/find-order",
        fields=(c.FieldView(name="number", label=words["order"], max_length=40), contact),
        mailbox_url="/mailbox",
    )
    yield s.sample("find-order", find)
    proof = c.FieldView(name="code", label=words["code_field"], kind="code", max_length=6)
    sent = {
        "step": "code",
        "action": "/find-order/code",
        "fields": (proof,),
        "number": "10086",
        "again_url": "/find-order",
    }
    yield s.sample(
        "find-order-code", replace(find, **sent, sent_to="l***@example.com", hidden={"number": "10086"})
    )
    login = c.LoginPage(
        title=words["login"],
        preview=s.preview(words["login"], index=False),
        step="contact",
        action="/login",
        field=contact,
        next_url="/checkout",
        reason=words["login_reason"],
        mailbox_url="/mailbox",
    )
    yield s.sample("login", login)
    code = c.FieldView(
        name="code", label=words["code_field"], kind="code", autocomplete="one-time-code", max_length=6,
        error=words["code_wrong"],
    )  # fmt: skip
    yield s.sample(
        "login-code",
        replace(
            login, step="code", field=code, sent_to=s.w.contact, resend_url="/login/again",
            resend_at=later(seconds=48), change_url="/login", hidden={"attempt": "a1"},
        ),
    )  # fmt: skip
    messages = tuple(
        c.MailView(
            channel=channel,
            to=to,
            subject=subject,
            text=text,
            at=later(minutes=-i * 7),
            code="402917" if i == 0 else "",
        )
        for i, (channel, to, subject, text) in enumerate(s.w.mails)
    )
    title = words["mailbox"]
    yield s.sample(
        "mailbox", c.MailboxPage(title=title, preview=s.preview(title, index=False), messages=messages)
    )
    me = words["me"]
    counts = tuple(c.LinkView(label=label, url="/account/orders", icon=icon) for icon, label in s.w.doors)
    yield s.sample(
        "account",
        c.AccountPage(
            title=me, preview=s.preview(me, index=False), customer=s.visitor.customer, counts=counts, orders=rows(s)[:2],
            orders_url="/account/orders", logout_url="/logout",
            links=(c.LinkView(label=words["addresses"], url="/account/addresses", icon="pin"),),
        ),
        s.slots(SlotBlock("account.links", "samples/account_link.html", {"group": s.w.group})),
    )  # fmt: skip
    yield s.sample(
        "notifications",
        c.NotificationsPage(
            title=me, preview=s.preview(me, index=False), action="/account/notifications", text=me, button=me,
            choices=(c.NotificationChoice(name="0.orders", label=me, help=me, to="138****0000"),),
        ),
    )  # fmt: skip
    yield s.sample(
        "money_back",
        c.MoneyBackPage(
            title=me, preview=s.preview(me, index=False), text=me,
            facts=(c.FactView(icon="refund", label=me, text=me, detail=me),),
        ),
    )  # fmt: skip
    orders = words["orders"]
    tabs = tuple(c.LinkView(label=label, url="?view=x", current=i == 0) for i, label in enumerate(s.w.views))
    yield s.sample(
        "orders",
        c.OrdersPage(
            title=orders, preview=s.preview(orders, index=False), orders=rows(s), tabs=tabs, pager=s.pager()
        ),
    )
    yield s.sample(
        "orders-empty",
        c.OrdersPage(title=orders, preview=s.preview(orders, index=False), orders=(), tabs=tabs),
    )


def share_page(s: Samples, poster_url: str = "") -> c.SharePage:
    product = s.w.products[0]
    link = "https://qingshan.localhost/s/k7m2p4qa"
    return c.SharePage(
        title=s.w.name,
        preview=s.preview(s.w.name, index=False),
        back=c.LinkView(label=product.title, url="/products/x"),
        text=f"{product.title}\n{product.subtitle}\n{link}",
        link=link,
        poster_url=poster_url,
        card_title=product.title,
        card_text=product.subtitle,
        card_image=s.image(product.file, product.alt, product.tile),
        action="/share",
        path="/products/x",
        place=s.w.name,
    )


def words(s: Samples) -> Iterator[Sample]:
    w = s.w
    title = w.policies[0]
    rich = [one for one in s.sections() if one.type == "rich_text"] or list(s.sections()[-1:])
    yield s.sample(
        "content",
        c.ContentPage(
            title=title, preview=s.preview(title), sections=tuple(rich), updated_at=later(days=-40)
        ),
    )
    missing = w.words["missing"]
    yield s.sample(
        "message",
        c.MessagePage(
            title=missing, preview=s.preview(missing, index=False), status=404, text=w.words["missing_text"],
            actions=(c.LinkView(label=w.words["home"], url="/"), c.LinkView(label=w.words["browse"], url="/collections")),
            cards=s.cards(4), reference="7f3k-22",
        ),
    )  # fmt: skip
    yield s.sample("share", share_page(s, poster_url="/share/k7m2/poster.png"))
    yield s.sample("share-no-poster", share_page(s))
    g = w.group
    seats = tuple({"name": name, "state": state, "words": said} for name, state, said in g.seats)
    yield s.sample(
        "plugin-group",
        c.PluginPage(
            title=g.page, preview=s.preview(g.page, price=w.group_price),
            plugin="samples", body_template="samples/group.html",
            back=c.LinkView(label=w.words["back"], url="/products/x"),
            body={
                "group": g, "product": s.card(0), "seats": seats, "price": s.money(w.group_price), "alone": s.money(w.alone),
                "until": NOW.replace(hour=1, minute=30, day=23), "link": "https://qingshan.localhost/x/group-buy/groups/kq7m",
            },
        ),
    )  # fmt: skip
