"""Pages where a buyer says which messages they want: in their account, and behind the link in a message."""

from typing import ClassVar

from core.rendering.contexts.frame import Page, says, view


@view
class NotificationChoice:
    """One kind of message to one address."""

    name: str = says("Name of the form field; its value is 1 when the messages are wanted.")
    label: str = says("What these messages are about.")
    help: str = says("Examples of them; may be empty.", default="")
    to: str = says("Masked address that they go to.", default="")
    wanted: bool = says("Whether they are sent.", default=True)


@view
class NotificationsPage(Page):
    """Which messages a buyer wants: all kinds in the account, or the one kind of the link in a message."""

    template: ClassVar[str] = "notifications"

    action: str = says("Where the form is sent.")
    text: str = says("What this is about, in one or two sentences.", default="")
    choices: tuple[NotificationChoice, ...] = says(
        "What can be chosen; none behind the link in a message.", default=()
    )
    button: str = says("Words of the button.", default="")
    wish: str = says("Value of the button, sent along as `wish`; empty for the whole form.", default="")
