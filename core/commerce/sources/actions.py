"""Making source links and counting who follows them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.sources.errors import TargetRefused, TooManyLinks
from core.commerce.sources.models import KINDS, PREFIX, SourceLink, SourceVisit
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.errors import NotFound
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import current_scope

_LONGEST_TARGET, _LONGEST_WORDS, _CODE_SIGNS = 500, 80, 8
_SHARES_PER_CUSTOMER = 500
# The medium of links that staff made with "Share".
_SHARED_BY_SHOP = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDraft:
    """What a merchant says about a link; `cost_minor` in minor units for the days from `cost_from` to `cost_until`."""

    title: str
    target: str
    kind: str = "link"
    campaign: str = ""
    medium: str = ""
    cost_minor: int = 0
    cost_from: date | None = None
    cost_until: date | None = None


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link that somebody can share: `path` is what follows the shop's address."""

    id: UUID
    code: str

    @property
    def path(self) -> str:
        """The short path, /s/<code>."""
        return f"{PREFIX}{self.code}"


def shop_path(text: str) -> str:
    """`text` as a path of the shop. Raises TargetRefused for anything that could lead elsewhere, or round in a circle."""
    path = text.strip()
    sound = path.startswith("/") and not path.startswith(("//", PREFIX)) and "\\" not in path
    if not sound or not path.isprintable() or len(path) > _LONGEST_TARGET:
        raise TargetRefused
    return path


@command("marketing.edit")
def save_link(*, draft: LinkDraft, link_id: UUID | None = None) -> UUID:
    """Make a link, or change one; its code stays for ever. Raises TargetRefused, NotFound."""
    values = {
        "title": draft.title.strip()[:_LONGEST_WORDS],
        "target": shop_path(draft.target),
        "kind": draft.kind if draft.kind in KINDS else "link",
        "campaign": draft.campaign.strip()[:_LONGEST_WORDS],
        "medium": draft.medium.strip()[:_LONGEST_WORDS],
        "cost_minor": draft.cost_minor,
        "cost_from": draft.cost_from,
        "cost_until": draft.cost_until,
    }
    if link_id is None:
        made = SourceLink(id=new_id(), code=new_code(_CODE_SIGNS), **values)
        session().add(made)
        return made.id
    row = session().scalars(select(SourceLink).where(SourceLink.id == link_id)).first()
    if row is None:
        raise NotFound
    for name, value in values.items():
        setattr(row, name, value)
    return row.id


@command("marketing.edit")
def archive_link(*, link_id: UUID, archived: bool = True) -> None:
    """Take a link out of the list, or put it back; it keeps leading where it led. Raises NotFound."""
    row = session().scalars(select(SourceLink).where(SourceLink.id == link_id)).first()
    if row is None:
        raise NotFound
    row.archived_at = now() if archived else None


@command("buyer")
def make_share_link(
    *, target: str, shared_by: UUID | None = None, place: str = "", title: str = "", campaign: str = ""
) -> ShareLink:
    """A link for sharing a page of the shop; the same one each time for the same person, page and place.

    Posters, chat texts and link cards carry it, so that what comes back is put down to it.

    Args:
        target: path of the shop that it leads to.
        shared_by: the customer who shares; None for a guest, or for the shop itself.
        place: the chat group that it is shared into, as the messenger names it; "" when nobody knows.
        title: what the merchant reads in the list of links.
        campaign: what it belongs to: an activity's name or id.

    Raises TargetRefused, TooManyLinks (a customer made several hundred).
    """
    path, where = shop_path(target), place.strip()[:_LONGEST_WORDS]
    same = (
        SourceLink.target == path,
        SourceLink.place == where,
        SourceLink.kind == "share",
        SourceLink.shared_by.is_(None) if shared_by is None else SourceLink.shared_by == shared_by,
    )
    found = session().scalars(select(SourceLink).where(*same).limit(1)).first()
    if found is not None:
        return ShareLink(found.id, found.code)
    if shared_by is not None:
        made = select(func.count()).where(
            SourceLink.shop_id == current_scope().shop_id, SourceLink.shared_by == shared_by
        )
        if session().scalars(made).one() >= _SHARES_PER_CUSTOMER:
            raise TooManyLinks
    values = {
        "shop_id": current_scope().shop_id, "id": new_id(), "code": new_code(_CODE_SIGNS), "kind": "share",
        "title": title[:_LONGEST_WORDS], "target": path, "campaign": campaign[:_LONGEST_WORDS], "medium": "",
        "cost_minor": 0, "shared_by": shared_by, "place": where, "created_at": now(),
    }  # fmt: skip
    session().execute(insert(SourceLink).values(values).on_conflict_do_nothing())
    row = session().scalars(select(SourceLink).where(*same).limit(1)).one()
    return ShareLink(row.id, row.code)


@command("marketing.edit")
def make_shop_link(*, target: str, place: str = "", title: str = "", campaign: str = "") -> ShareLink:
    """The shop's own link for sharing a page: one per page and chat group, whoever of the staff shares it.

    Arguments as for `make_share_link`. Raises TargetRefused.
    """
    path, where = shop_path(target), place.strip()[:_LONGEST_WORDS]
    kind = "group" if where else "link"
    statement = select(SourceLink).where(
        SourceLink.target == path,
        SourceLink.place == where,
        SourceLink.kind == kind,
        SourceLink.medium == _SHARED_BY_SHOP,
        SourceLink.shared_by.is_(None),
    )
    found = session().scalars(statement.order_by(SourceLink.created_at).limit(1)).first()
    if found is None:
        found = SourceLink(
            id=new_id(),
            code=new_code(_CODE_SIGNS),
            kind=kind,
            target=path,
            place=where,
            medium=_SHARED_BY_SHOP,
            title=" · ".join(filter(None, (title, where)))[:_LONGEST_WORDS],
            campaign=campaign[:_LONGEST_WORDS],
        )
        session().add(found)
    return ShareLink(found.id, found.code)


@command("buyer")
def count_visit(*, link_id: UUID) -> None:
    """Count one visit of a link on today's day of the shop's zone: one statement, whatever the number of visitors."""
    row = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "link_id": link_id,
        "day": now().astimezone(current_scope().zone).date(),
        "visits": 1,
    }
    statement = insert(SourceVisit).values(row)
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["shop_id", "link_id", "day"], set_={"visits": SourceVisit.visits + 1}
        )
    )
