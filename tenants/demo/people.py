"""Who works in the example shops; every log-in has the same password, which the demo prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.kernel.tenancy import Actor
from tenants.actions.shops import give_role, make_merchant, make_staff
from tenants.models import Merchant, Staff, StaffRole
from tenants.platform import platform_session

PASSWORD = "pinpu-demo"  # noqa: S105 - printed for everybody to see


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff: `merchant` is the handle of the shop whose merchant employs them, `roles` by shop handle."""

    email: str
    name: str
    language: str
    merchant: str
    roles: Mapping[str, str]


MERCHANTS = {"qingshan": "青山茶事（演示商家）", "harbor": "Harbor & Loom (demo merchant)"}
BOTH = Person(
    "owner@pinpu.example.com", "沈若水", "zh-CN", "qingshan", {"qingshan": "owner", "harbor": "owner"}
)
PEOPLE = (
    BOTH,
    Person("owner@qingshan.example.com", "沈青山", "zh-CN", "qingshan", {"qingshan": "owner"}),
    Person("staff@qingshan.example.com", "阿宁", "zh-CN", "qingshan", {"qingshan": "staff"}),
    Person("owner@harbor.example.com", "Nell Penrose", "en", "harbor", {"harbor": "owner"}),
)


def ensure_merchants() -> dict[str, UUID]:
    """Merchants by shop handle; those that are missing are made."""
    with platform_session() as session:
        known = {row.name: row.id for row in session.scalars(select(Merchant))}
    return {handle: known.get(name) or make_merchant(name=name) for handle, name in MERCHANTS.items()}


def ensure_staff(merchants: Mapping[str, UUID], shops: Mapping[str, int]) -> None:
    """Make the people and roles that are missing; `shops` are shop ids by handle."""
    for person in PEOPLE:
        with platform_session() as session:
            known = session.scalars(select(Staff.id).where(Staff.email == person.email)).first()
            roles = set(session.scalars(select(StaffRole.shop_id).where(StaffRole.staff_id == known)))
        staff_id = known or make_staff(
            merchant_id=merchants[person.merchant],
            email=person.email,
            name=person.name,
            password=PASSWORD,
            language=person.language,
        )
        for handle, role in person.roles.items():
            if shops[handle] not in roles:
                give_role(staff_id=staff_id, shop_id=shops[handle], role=role)


def worker_in(handle: str) -> Actor:
    """Who does the daily work in a shop: the one with the least rights there."""
    fitting = [one for one in PEOPLE if handle in one.roles and one is not BOTH]
    person = min(fitting, key=lambda one: one.roles[handle] == "owner")
    with platform_session() as session:
        staff_id = session.scalars(select(Staff.id).where(Staff.email == person.email)).one()
    return Actor("staff", staff_id, person.name)


def owner_of(handle: str) -> Actor:
    """Who decides in a shop."""
    person = next(one for one in PEOPLE if one.roles.get(handle) == "owner" and one is not BOTH)
    with platform_session() as session:
        staff_id = session.scalars(select(Staff.id).where(Staff.email == person.email)).one()
    return Actor("staff", staff_id, person.name)
