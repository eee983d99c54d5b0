"""What new pages begin with: policies whose words a merchant has to check, in the language of the shop."""

from dataclasses import dataclass
from typing import Any

from core.commerce.content.documents import Document, empty_document, with_meta, with_section
from core.kernel.i18n import N_, gettext, speaking
from core.kernel.tenancy import current_scope

_CHECK = N_(
    "This is a starting text. Check each sentence against what your shop really does, and against the law"
    " of the places you sell to, before you publish it. Then delete this paragraph."
)


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """A page to begin with: `parts` are (heading, paragraphs), all message ids."""

    label: str
    kind: str
    slug: str = ""
    title: str = ""
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()


TEMPLATES: dict[str, PageTemplate] = {
    "blank": PageTemplate(N_("An empty page"), "page"),
    "refund": PageTemplate(
        N_("Returns and refunds"), "policy", "returns", N_("Returns and refunds"),
        (
            (N_("Changing your mind"), (
                N_("You may send goods back within seven days of receiving them, unused and in their packaging."),
                N_("Fresh food, goods made to order and opened hygiene goods cannot be sent back, unless they are"
                   " faulty."),
            )),
            (N_("Faulty goods"), (
                N_("If something arrives broken or is not what you ordered, write to us with a picture within 48"
                   " hours. We refund it or send it again, and pay for the way back."),
            )),
            (N_("When the money comes back"), (
                N_("We refund within two working days of receiving the goods, the way you paid. Your bank may take"
                   " a few days more."),
            )),
        ),
    ),
    "shipping": PageTemplate(
        N_("Shipping"), "policy", "shipping", N_("Shipping"),
        (
            (N_("When it leaves"), (N_("Orders paid before noon leave the same working day, others the next."),)),
            (N_("How long it takes"), (N_("Usually two to four days, longer to remote places."),)),
            (N_("What shipping costs"), (N_("You see the fee at checkout, before you pay."),)),
        ),
    ),
    "privacy": PageTemplate(
        N_("Privacy"), "policy", "privacy", N_("Privacy"),
        (
            (N_("What we keep"), (
                N_("Name, address, phone or e-mail of those who order, and what they ordered. We do not see card"
                   " numbers; the payment provider does."),
            )),
            (N_("What we use it for"), (
                N_("To deliver your order, to answer you, and to keep the books that the law asks for."),
                N_("We hand it on only to those who deliver the parcel or take the payment."),
            )),
            (N_("Your rights"), (
                N_("Write to us to see, correct or delete what we keep about you. What tax law makes us keep, we"
                   " keep until its time is over."),
            )),
        ),
    ),
    "terms": PageTemplate(
        N_("Terms of sale"), "policy", "terms", N_("Terms of sale"),
        (
            (N_("Who sells"), (N_("The seller is named in the footer of this page, with address and contact."),)),
            (N_("How a sale comes about"), (
                N_("By paying you offer to buy; we accept by sending the goods or telling you that they are ready."),
                N_("In a group-buy the sale comes about when the group is full. If it does not fill in time, you"
                   " get all your money back."),
            )),
            (N_("Prices"), (N_("Prices are those shown at checkout, with tax."),)),
        ),
    ),
    "story": PageTemplate(
        N_("Our story"), "page", "our-story", N_("Our story"),
        ((N_("Who we are"), (N_("Tell where you come from, what you make, and why."),)),),
    ),
}  # fmt: skip


def first_document(template: PageTemplate, title: str) -> Document:
    """The draft of a new page, in the shop's language; `title` wins over the template's own."""
    with speaking(current_scope().language):
        document = with_meta(
            empty_document(), title=title.strip() or (gettext(template.title) if template.title else "")
        )
        if template.kind == "policy":
            document, _made = with_section(document, _words("", [_CHECK]))
        for heading, paragraphs in template.parts:
            document, _made = with_section(document, _words(heading, list(paragraphs)))
        if not template.parts:
            document, _made = with_section(document, _words("", [N_("Write here.")]))
    return document


def _words(heading: str, paragraphs: list[str]) -> dict[str, Any]:
    body = [{"p": [gettext(one)]} for one in paragraphs]
    return {
        "type": "rich_text",
        "v": 1,
        "settings": {"title": gettext(heading) if heading else "", "body": body},
    }
