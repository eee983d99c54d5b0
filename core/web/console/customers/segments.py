"""Routes about segments: the list with live counts, and the builder that shows at once who fits."""

from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.audiences.actions import LONGEST_NAME, delete_segment, rule_problems, save_segment
from core.commerce.audiences.errors import RuleRefused, SegmentNameTaken
from core.commerce.audiences.queries import (
    Audience,
    audience,
    audience_count,
    audiences,
    first_members,
    member_count,
    shown_counts,
)
from core.commerce.audiences.rules import MOST_GROUPS, Condition, Rule, all_of
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope, require
from core.rendering.console import formats
from core.rendering.console.tables import IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show
from core.web.console.customers.listing import listed
from core.web.console.customers.segment_form import changed_rule, kind_choices, shown_groups, typed_rule

blueprint = Blueprint("console_segments", __name__)
PERMISSION = "marketing.edit"
_MOST_FIELDS = 200

SEGMENTS = IndexSpec(
    key="segments",
    noun=(N_("%(count)s segment"), N_("%(count)s segments")),
    columns=(),
    sorts={"name": N_("By name")},
    sizes=(20,),
)


@blueprint.before_request
def marketers_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """The segments, page by page, with how many belong to each now."""
    state = IndexState.from_args(request.args, SEGMENTS)
    found = audiences(limit=state.size, offset=state.offset)
    if not found:
        return go("console_segments.index")
    counts = shown_counts(found)
    page = IndexPage(SEGMENTS, state, found, audience_count())
    return show("segments/index", page=page, segments=[(one, counts[one.key]) for one in found])


@blueprint.route("/<ref>", methods=["GET", "POST"])
def segment(ref: str) -> Response:
    """One segment; "new" makes one. A field named "_do" changes the rows of the builder without saving."""
    stored = _stored(ref)
    if request.method == "GET":
        rule = stored.rule if stored else _first_rule()
        return _page(ref, stored, stored.name if stored and not stored.ready_made else "", rule)
    if stored is not None and stored.ready_made:
        raise NotFound
    if len(request.form) > _MOST_FIELDS:
        raise NotFound
    name, rule = request.form.get("name", "").strip()[:LONGEST_NAME], typed_rule(request.form)
    if wish := request.form.get("_do"):
        return _page(ref, stored, name, changed_rule(rule, wish), quiet=True)
    return _save(ref, stored, name, rule)


def _stored(ref: str) -> Audience | None:
    if ref == "new":
        return None
    found = audience(ref)
    if found is None:
        raise NotFound
    return found


def _first_rule() -> Rule:
    """What a new segment begins with: that of a ready-made one, or one condition."""
    base = audience(request.args.get("like", "")[:40])
    return base.rule if base else all_of(Condition("orders", "at_least", "1"))


def _save(ref: str, stored: Audience | None, name: str, rule: Rule) -> Response:
    if not name:
        return _page(ref, stored, name, rule, 422, said=gettext(N_("Give the segment a name.")))
    if not rule.groups:
        return _page(
            ref,
            stored,
            name,
            rule,
            422,
            said=gettext(N_("Add a condition: a segment without one is everybody.")),
        )
    try:
        saved = save_segment(name=name, rule=rule, segment_id=UUID(stored.key) if stored else None)
    except (RuleRefused, SegmentNameTaken) as error:
        return _page(ref, stored, name, rule, 422, said=error.text)
    return go("console_segments.segment", ref=saved, said=gettext(N_("The segment is saved.")))


def _page(
    ref: str,
    stored: Audience | None,
    name: str,
    rule: Rule,
    status: int = 200,
    *,
    said: str = "",
    quiet: bool = False,
) -> Response:
    """The builder with who fits now; `quiet` holds back what is wrong with rows that are being filled in."""
    problems = rule_problems(rule)
    fits = not problems
    return show(
        "segments/segment",
        status=status,
        ref=ref,
        stored=stored,
        name=name,
        rule=rule,
        said=said,
        groups=shown_groups(rule, {} if quiet or request.method == "GET" else problems),
        more_groups=len(rule.groups) < MOST_GROUPS,
        kinds=kind_choices(),
        count=member_count(rule) if fits else None,
        customers=listed(first_members(rule)) if fits else [],
        sign=formats.currency_sign(current_scope().currency),
    )


@blueprint.post("/<ref>/delete")
def delete(ref: str) -> Response:
    """Forget a segment; its customers stay."""
    stored, segment_id = _stored(ref), as_id(ref)
    if stored is None or segment_id is None:
        raise NotFound
    delete_segment(segment_id=segment_id)
    return go(
        "console_segments.index",
        said=gettext(N_("“%(title)s” is gone; its customers stay."), title=stored.name),
    )
