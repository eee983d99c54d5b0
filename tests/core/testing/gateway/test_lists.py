"""Integration: the lists by which a merchant compares its books with the gateway's."""

from datetime import timedelta
from urllib.parse import quote

from core.kernel import clock as kernel_clock


def test_pages_show_every_payment_of_the_account_once(merchant, other_merchant):
    references = [f"row-{n}" for n in range(5)]
    for reference in references:
        merchant.start(reference=reference)
        other_merchant.start(reference=reference)
    seen, after, pages = [], "", 0
    while True:
        page = merchant.get(f"/v1/payments?limit=2{after}")
        seen += [payment["reference"] for payment in page["payments"]]
        pages += 1
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert (seen, pages) == (references, 3)


def test_list_is_narrowed_by_status_and_time(merchant, clock):
    clock.freeze()
    first = merchant.paid()
    clock.advance(hours=2)
    merchant.start()
    noon = quote((kernel_clock.now() - timedelta(hours=1)).isoformat())
    by_status = merchant.get("/v1/payments?status=captured")["payments"]
    by_time = merchant.get(f"/v1/payments?created_to={noon}")["payments"]
    later = merchant.get(f"/v1/payments?created_from={noon}")["payments"]
    assert [payment["id"] for payment in by_status] == [first.gateway_ref]
    assert [payment["id"] for payment in by_time] == [first.gateway_ref]
    assert [payment["status"] for payment in later] == ["pending"]


def test_refunds_are_listed_with_what_the_payment_still_holds(merchant, other_merchant):
    start = merchant.paid()
    merchant.refund(start, 300, "a")
    merchant.refund(start, 200, "b")
    listed = merchant.get(f"/v1/refunds?payment={start.gateway_ref}")["refunds"]
    assert [(refund["reference"], refund["amount"], refund["status"]) for refund in listed] == [
        ("a", 300, "done"),
        ("b", 200, "done"),
    ]
    assert merchant.get("/v1/payments")["payments"][0]["refunded"] == 500
    assert other_merchant.get("/v1/refunds")["refunds"] == []
