"""What the log-in page says besides: in a demo who can log in, and where one can sign up."""

from dataclasses import dataclass

from core.kernel.i18n import N_, gettext
from core.rendering.console.visits import SIGNUP_PATH
from tenants.demo.content import shop_contents
from tenants.demo.people import PASSWORD, PEOPLE, Person
from tenants.permissions import ROLES

_demo = False
_signup = False


@dataclass(frozen=True, slots=True)
class LoginHint:
    """Who can log in, and as what."""

    email: str
    words: str
    password: str = PASSWORD


def install_demo(*, demo: bool) -> None:
    """Give hints from now on, or none."""
    global _demo
    _demo = demo


def install_signup(*, open_to_all: bool) -> None:
    """Let everybody sign up from now on, or nobody."""
    global _signup
    _signup = open_to_all


def signup_address() -> str:
    """Where to sign up; "" where nobody may."""
    return SIGNUP_PATH if _signup else ""


def login_hints() -> list[LoginHint]:
    """The people of the example shops, in a demo."""
    if not _demo:
        return []
    names = {one.handle: str(one.shop["name"]) for one in shop_contents()}
    return [LoginHint(person.email, _words(person, names)) for person in PEOPLE]


def _words(person: Person, names: dict[str, str]) -> str:
    said = (
        gettext(N_("%(shop)s (%(role)s)"), shop=names[handle], role=gettext(ROLES[role]))
        for handle, role in person.roles.items()
    )
    return gettext(N_(", ")).join(said)
