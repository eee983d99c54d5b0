"""In a demo the log-in page says who can log in; nowhere else."""

from dataclasses import dataclass

from core.kernel.i18n import N_, gettext
from tenants.demo.content import shop_contents
from tenants.demo.people import PASSWORD, PEOPLE, Person
from tenants.permissions import ROLES

_demo = False


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
