"""What buyer and merchant are told about a case: its topics, what {"case_id"} stands for, and sending them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.commerce.aftersale.models import Case
from core.commerce.aftersale.queries import promises
from core.commerce.messages.actions import send_message
from core.commerce.messages.core_topics import ORDER
from core.commerce.messages.facts import fact_source
from core.commerce.messages.known_topics import know_topics
from core.commerce.messages.topics import MessageTopics, Topic, Variable, Words
from core.kernel.db import session
from core.kernel.i18n import N_
from core.kernel.tenancy import current_scope

NOT_SAID_WHERE = N_("The shop has not said where yet: please ask before you send anything.")
KIND_NAMES = {
    "cancel": N_("Cancellation"),
    "refund": N_("Refund"),
    "return": N_("Return"),
    "exchange": N_("Exchange"),
}
_CASE = (
    *ORDER,
    Variable(name="case_number", label=N_("Number of the case"), example="10086-S1"),
    Variable(name="case_kind", label=N_("What is asked for"), kind="words", example=N_("Return")),
    Variable(
        name="case_reason", label=N_("The buyer's reason"), kind="words", example=N_("Damaged or faulty")
    ),
    Variable(name="case_amount", label=N_("Amount of the case"), kind="money", example=6400),
    Variable(name="due_at", label=N_("Deadline"), kind="time", example="2026-05-20T10:00:00+00:00"),
)
_LINK = Variable(name="case_link", label=N_("Page of the case"), kind="link", example="/cases/7kq2m9xw4tzd")
_IN_CONSOLE = Variable(
    name="case_console_link",
    label=N_("The case in the console"),
    kind="console_link",
    example="/aftersale/10086-S1",
)
_ANSWER = Variable(
    name="answer", label=N_("What the shop said"), example=N_("Of course. We are sorry for the trouble.")
)

OPENED = Topic(
    key="aftersale.opened",
    label=N_("A buyer asks for something"),
    help=N_("Tells the shop that a cancellation, refund, return or exchange waits for its answer."),
    group="merchant",
    audience="merchant",
    variables=(*_CASE, _IN_CONSOLE),
    words={
        "email": Words(
            subject=N_("{{case_kind}} for order {{order_number}}: please answer by {{due_at}}"),
            body=N_(
                "{{customer_name}} asks about order {{order_number}}: {{case_kind}}, {{case_amount}}.\n"
                "Reason: {{case_reason}}\n\nAnswer by {{due_at}}; after that your shop's default applies.\n\n"
                "{{case_console_link}}"
            ),
        ),
        "robot": Words(
            body=N_(
                "{{case_kind}} for order {{order_number}}: {{case_amount}}, {{case_reason}}\n"
                "Answer by {{due_at}}: {{case_console_link}}"
            )
        ),
    },
)
ACCEPTED = Topic(
    key="aftersale.accepted",
    label=N_("Request accepted"),
    help=N_(
        "Sent when the shop agrees and the money is on its way; not where goods have to come back first."
    ),
    group="aftersale",
    variables=(*_CASE, _LINK, _ANSWER),
    words={
        "email": Words(
            subject=N_("{{case_kind}} for order {{order_number}}: agreed"),
            body=N_(
                "Hello,\n\n{{shop_name}} agreed to your request {{case_number}}. {{answer}}\n\n"
                "{{case_amount}} goes back the way it was paid.\n\nSee how it stands: {{case_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: your request {{case_number}} is agreed, {{case_amount}} goes back. {{case_link}}"
            )
        ),
    },
)
AWAITED = Topic(
    key="aftersale.awaited",
    label=N_("Send the goods back"),
    help=N_("Sent when the shop agrees to a return or exchange, with the address and the last day."),
    group="aftersale",
    variables=(
        *_CASE,
        _LINK,
        _ANSWER,
        Variable(
            name="return_to",
            label=N_("Where goods go back to"),
            kind="words",
            example=N_("Wuyi Road 12, Hangzhou"),
        ),
    ),
    words={
        "email": Words(
            subject=N_("Order {{order_number}}: please send the goods back by {{due_at}}"),
            body=N_(
                "Hello,\n\n{{shop_name}} agreed to your request {{case_number}}. {{answer}}\n\n"
                "Send the goods by {{due_at}} to:\n{{return_to}}\n\nThen fill in the parcel's number: {{case_link}}"
                "\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: request {{case_number}} is agreed. Send the goods by {{due_at}} and fill in the number:"
                " {{case_link}}"
            )
        ),
    },
)
DECLINED = Topic(
    key="aftersale.declined",
    label=N_("Request declined"),
    help=N_("Sent when the shop says no, with its reason."),
    group="aftersale",
    variables=(*_CASE, _LINK, _ANSWER),
    words={
        "email": Words(
            subject=N_("{{case_kind}} for order {{order_number}}: declined"),
            body=N_(
                "Hello,\n\n{{shop_name}} declined your request {{case_number}}. {{answer}}\n\n"
                "See it, and what is still possible: {{case_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: your request {{case_number}} was declined. {{answer}} {{case_link}}")
        ),
    },
)
RECEIVED = Topic(
    key="aftersale.received",
    label=N_("Goods are back"),
    help=N_("Sent when the goods of a return or exchange have arrived."),
    group="aftersale",
    variables=(*_CASE, _LINK),
    on=("email",),
    words={
        "email": Words(
            subject=N_("Order {{order_number}}: your goods have arrived"),
            body=N_(
                "Hello,\n\nthe goods of your request {{case_number}} are back with {{shop_name}}."
                "\n\nWhat happens next: {{case_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: the goods of request {{case_number}} have arrived. {{case_link}}")
        ),
    },
)
DEADLINE_NEAR = Topic(
    key="aftersale.deadline_near",
    label=N_("A deadline is near"),
    help=N_("Tells the shop, a few hours before, that its default will apply to a case."),
    group="merchant",
    audience="merchant",
    variables=(*_CASE, _IN_CONSOLE),
    words={
        "email": Words(
            subject=N_("Order {{order_number}}: answer by {{due_at}}"),
            body=N_(
                "The case {{case_number}} ({{case_kind}}, {{case_amount}}) still waits for your answer. "
                "After {{due_at}} your shop's default applies.\n\n{{case_console_link}}"
            ),
        ),
        "robot": Words(
            body=N_("Case {{case_number}} waits for your answer until {{due_at}}: {{case_console_link}}")
        ),
    },
)
AFTERSALE_TOPICS = MessageTopics(topics=(OPENED, ACCEPTED, AWAITED, DECLINED, RECEIVED, DEADLINE_NEAR))
know_topics(AFTERSALE_TOPICS)


@fact_source("case_id")
def case_facts(case_id: UUID) -> Mapping[str, Any]:
    """Number, kind, reason, amount, deadline and pages of a case, as it stands when the words are chosen."""
    row = session().get_one(Case, (current_scope().shop_id, case_id))
    minor = row.wanted_minor if row.agreed_minor is None else row.agreed_minor
    return {
        "case_number": row.number,
        "case_kind": KIND_NAMES[row.kind],
        "case_reason": str(row.reason.get("label", "")),
        "case_amount": {"minor": minor, "currency": row.currency},
        "case_link": f"/cases/{row.code}",
        "case_console_link": f"/aftersale/{row.id}",
        "answer": row.answer,
        "return_to": row.return_to or promises().return_to or NOT_SAID_WHERE,
    }


def tell_case(topic: Topic, case: Case, *, mark: str = "") -> None:
    """Tell about a case in the transaction that makes it true; once per case and `mark`."""
    about: dict[str, Any] = {"order_id": case.order_id, "case_id": case.id}
    if case.due_at is not None:
        about["due_at"] = case.due_at
    send_message(topic=topic.key, about=about, dedupe_key=f"{case.id}:{mark}" if mark else str(case.id))
