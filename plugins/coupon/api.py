"""What programs may read and do of coupons: campaigns, codes, coupons of customers."""

from dataclasses import dataclass
from uuid import UUID

from core.sdk.api import ApiPage, ApiRoom, Get, PageAsked, PartOfApi, Send, newest
from core.sdk.commands import command
from core.sdk.words import N_
from plugins.coupon.actions.alarms import dismiss_alert
from plugins.coupon.actions.campaigns import (
    close_campaign,
    delete_draft,
    extend_coupon,
    pause_campaign,
    publish_campaign,
    revoke_coupon,
    save_campaign,
)
from plugins.coupon.actions.code_batches import disable_codes, import_codes, make_codes, make_public_code
from plugins.coupon.actions.giving import give_to_audience, give_to_customer
from plugins.coupon.models import Campaign, Instance
from plugins.coupon.queries.campaigns import CampaignView, campaign
from plugins.coupon.queries.listings import BatchRow, batches_of
from plugins.coupon.queries.wallet import CouponView, coupon
from plugins.coupon.store_api import ROOM

READ = "coupon.view"


@dataclass(frozen=True, slots=True)
class MadeCodes:
    """A batch of codes; the codes themselves are told this once."""

    batch_id: UUID
    codes: tuple[str, ...]


@command("coupon.manage")
def make_code_batch(*, campaign_id: UUID, name: str, count: int) -> MadeCodes:
    """Make single-use codes.

    Args:
        campaign_id: what each gives.
        name: what the batch is for.
        count: how many.
    """
    batch_id, codes = make_codes(campaign_id=campaign_id, name=name, count=count)
    return MadeCodes(batch_id, codes)


def list_campaigns(*, page: PageAsked) -> ApiPage[CampaignView]:
    """The shop's campaigns, newest first."""
    ids, after = newest(Campaign, page)
    return ApiPage([found for one in ids if (found := campaign(one))], after)


def list_coupons(
    *, page: PageAsked, campaign_id: UUID | None = None, customer_id: UUID | None = None
) -> ApiPage[CouponView]:
    """Coupons that customers hold or held, newest first.

    Args:
        campaign_id: only those of this campaign.
        customer_id: only this customer's.
    """
    ids, after = newest(Instance, page, campaign_id=campaign_id, customer_id=customer_id)
    return ApiPage([found for one in ids if (found := coupon(one))], after)


def list_batches(campaign_id: UUID) -> list[BatchRow]:
    """The batches of codes of a campaign."""
    return batches_of(campaign_id)


API = PartOfApi(
    admin=ApiRoom(
        name="coupon",
        title=N_("Coupons"),
        about=N_("Campaigns, the coupons that customers hold, and codes."),
        routes=(
            Get("/campaigns", list_campaigns, READ),
            Get("/campaigns/<uuid:campaign_id>", campaign, READ, row=Campaign),
            Send(
                "POST",
                "/campaigns",
                save_campaign,
                whole="plan",
                fixed={"campaign_id": None, "version": None},
            ),
            Send(
                "PUT", "/campaigns/<uuid:campaign_id>", save_campaign, whole="plan", fixed={"version": None}
            ),
            Send("DELETE", "/campaigns/<uuid:campaign_id>", delete_draft),
            Send("POST", "/campaigns/<uuid:campaign_id>/publish", publish_campaign),
            Send("POST", "/campaigns/<uuid:campaign_id>/pause", pause_campaign),
            Send("POST", "/campaigns/<uuid:campaign_id>/close", close_campaign),
            Send("POST", "/campaigns/<uuid:campaign_id>/give", give_to_customer, answer="outcome"),
            Send("POST", "/campaigns/<uuid:campaign_id>/give-to-audience", give_to_audience),
            Get("/campaigns/<uuid:campaign_id>/code-batches", list_batches, READ),
            Send(
                "POST",
                "/campaigns/<uuid:campaign_id>/code-batches",
                make_code_batch,
                stands_for=make_codes,
            ),
            Send("POST", "/campaigns/<uuid:campaign_id>/code-batches/import", import_codes),
            Send("POST", "/campaigns/<uuid:campaign_id>/public-codes", make_public_code),
            Send("POST", "/code-batches/<uuid:batch_id>/disable", disable_codes),
            Get("/coupons", list_coupons, READ),
            Get("/coupons/<uuid:instance_id>", coupon, READ, row=Instance),
            Send("POST", "/coupons/<uuid:instance_id>/extend", extend_coupon),
            Send("POST", "/coupons/<uuid:instance_id>/revoke", revoke_coupon),
            Send("POST", "/alerts/<uuid:alert_id>/dismiss", dismiss_alert),
        ),
    ),
    storefront=ROOM,
)
