"""The pages that buyers see at Stripe: pay, decline, go back. For running the stand-in by hand and for browsers in tests."""

from html import escape
from threading import RLock

from flask import Blueprint, Response, redirect, request

from tests.stripe_stand_in.books import Book, Books
from tests.stripe_stand_in.levers import LEVERS
from tests.stripe_stand_in.wire import Json

_PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Stripe stand-in</title>
<style>body{{font:16px/1.5 system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}}
h1{{font-size:1.6rem;margin:.2em 0}}code{{overflow-wrap:anywhere;color:#666}}
button{{font:inherit;padding:.7rem 1.2rem;margin:.3rem .3rem .3rem 0;border-radius:.5rem;border:1px solid #888}}</style>
<p>Stripe stand-in · no money moves</p><h1>{amount}</h1><p><code>{title}</code></p>
<form method="post">{buttons}</form>"""
_CHOICES = {"pay": "Pay", "decline": "Decline", "back": "Back to the shop"}


def pages(books: Books, lock: RLock) -> Blueprint:
    """The pages of all accounts; their addresses are as hard to guess as the objects' ids."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/hosted/<name>")
    def show(name: str) -> Response:
        with lock:
            _book, found = _holder(books, name)
            amount = f"{found.get('amount', found.get('amount_total', ''))} {found.get('currency', '')}"
            choices = ["onboard"] if found["object"] == "account" else list(_CHOICES)
        buttons = "".join(
            f'<button name="choice" value="{choice}">{_CHOICES.get(choice, "Tell Stripe everything")}</button>'
            for choice in choices
        )
        return Response(_PAGE.format(title=escape(name[:40]), amount=escape(amount), buttons=buttons))

    @blueprint.post("/hosted/<name>")
    def choose(name: str) -> Response:
        with lock:
            book, found = _holder(books, name)
            choice = request.form["choice"]
            if choice == "onboard":
                LEVERS["finish_onboarding"](book, id=name)
            elif choice != "back":
                LEVERS[choice](book, id=name)
            return redirect(_way_back(found, choice), 303)  # type: ignore[return-value]

    return blueprint


def _holder(books: Books, name: str) -> tuple[Book, Json]:
    for book in books.all():
        if name in book.objects:
            return book, book.objects[name]
        if name in book.connected:
            return book, book.connected[name].account
    raise LookupError(name)


def _way_back(found: Json, choice: str) -> str:
    if found["object"] == "checkout.session":
        if choice == "decline":
            return request.url
        return str(found["success_url"] if choice == "pay" else found["cancel_url"] or found["success_url"])
    return str(found.get("_return_url") or request.url)
