"""What can come of handing a message to a provider, and the same in words for merchants."""

from dataclasses import dataclass
from typing import Literal

from core.kernel.i18n import N_, gettext

# sent: the provider has it. refused: it will never take this message. later: it may take this message another time.
# silent: it takes nothing at all now. unknown: it was handed over and no answer came.
Kind = Literal["sent", "refused", "later", "silent", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one try; `answer` is what the provider said, as it said it."""

    kind: Kind
    reason: str = ""
    answer: str = ""


REASONS = {
    "quiet": N_("Waits for the end of the quiet hours."),
    "unconfigured": N_("Nothing is set up to send it, so it stays here."),
    "resting": N_("The server did not answer the last time; this waits until it is asked again."),
    "host_unknown": N_("The server's name is not known: check it for a typing mistake."),
    "private": N_("The address leads into a private network, and is not used."),
    "unreachable": N_("The server cannot be reached: check name and port."),
    "timeout": N_("The server did not answer in time: check name, port and encryption."),
    "closed": N_("The server broke off, or was too slow."),
    "tls": N_("No encrypted connection came about: check port and encryption."),
    "certificate": N_("The server's certificate is not valid for its name."),
    "no_starttls": N_("The server does not offer STARTTLS: choose another encryption."),
    "not_mail": N_("What answers there is not a mail server: check name, port and encryption."),
    "auth": N_("The server refuses user name or password."),
    "sender": N_("The server refuses the sender's address."),
    "recipient": N_("The server refuses the receiver's address."),
    "recipient_later": N_("The server does not take the receiver's address at the moment."),
    "content": N_("The server refuses the message."),
    "busy": N_("The server is busy and asks to come again."),
    "address": N_("This is not an address that can be written to."),
    "http": N_("The service refuses the message."),
    "not_json": N_("What answers there does not speak our language: check the address."),
    "lost": N_("The server had the message when the connection broke: it may have arrived or not."),
    "crashed": N_("The program was stopped while it was sending: the message may have arrived or not."),
    "too_late": N_("It came too late to be of use."),
}


def reason_words(reason: str) -> str:
    """A reason in the reader's language; "" for none."""
    return gettext(REASONS[reason]) if reason in REASONS else ""
