"""Tables of coupons, in the schema plugin_coupon. Uses and budgets are pools of core; here stand who has what, and why."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk.data import CreatedAt, TenantTable, tenant_fk

SCHEMA = "plugin_coupon"
# The day under which all coupons of a customer are counted.
EVER = date(1, 1, 1)


class Campaign(CreatedAt, TenantTable):
    """A coupon that a shop gives out: who gets it, when, how many, and what it may cost.

    `template_id` is the template that new coupons get; what was issued keeps its own. `issued` moves by one conditional
    statement. Money is minor units, shares are basis points.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'paused', 'closed')", name="state"),
        CheckConstraint("claim_to IS NULL OR claim_from IS NULL OR claim_to > claim_from", name="window"),
        CheckConstraint("total IS NULL OR issued <= total", name="total"),
        CheckConstraint("random_total IS NULL OR random_given <= random_total", name="random_total"),
        CheckConstraint("holdout_points BETWEEN 0 AND 5000", name="holdout"),
        Index(None, "shop_id", "created_at"),
        Index(None, "shop_id", "trigger", postgresql_where=text("state = 'published'")),
        {"schema": SCHEMA},
    )

    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    # Why the shop did not pause it itself: "leak" after an abnormal rate.
    paused_by: Mapped[str] = mapped_column(default="")
    template_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=0)
    # How people come by it: centre (to be claimed), code, trigger, or given by staff only.
    way: Mapped[str] = mapped_column(default="centre")
    trigger: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")
    claim_from: Mapped[datetime | None]
    claim_to: Mapped[datetime | None]
    total: Mapped[int | None]
    issued: Mapped[int] = mapped_column(default=0)
    per_customer: Mapped[int | None]
    per_day: Mapped[int | None]
    random_total: Mapped[int | None]
    random_given: Mapped[int] = mapped_column(default=0)
    budget_minor: Mapped[int | None]
    budget_uses: Mapped[int | None]
    budget_day_minor: Mapped[int | None]
    holdout_points: Mapped[int] = mapped_column(default=0)
    # More claims than this in an hour pause it.
    hourly_alarm: Mapped[int | None]
    # How many people a fission 裂变 needs, the one who starts it included; None: it is none.
    fission_need: Mapped[int | None]
    fission_hours: Mapped[int] = mapped_column(default=24)
    # How many one browser may claim, whoever is logged in on it.
    per_device: Mapped[int | None]
    # The campaign whose coupon the members of a round get that ran out.
    consolation_id: Mapped[UUID | None]
    # Whether visitors of the storefront are asked to claim it.
    announced: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Template(CreatedAt, TenantTable):
    """The terms of a coupon as they were at one version; never changed, since issued coupons promise them."""

    __tablename__ = "template"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        UniqueConstraint("shop_id", "campaign_id", "version"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    version: Mapped[int]
    terms: Mapped[dict[str, Any]]


class Instance(CreatedAt, TenantTable):
    """A coupon that somebody has. Whether it is locked or used follows from its pool of uses (`pool_id`)."""

    __tablename__ = "instance"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        tenant_fk("plugin_coupon.template", "template_id"),
        tenant_fk("customers_customer", "customer_id"),
        tenant_fk("plugin_coupon.instance", "parent_id"),
        UniqueConstraint("shop_id", "code"),
        UniqueConstraint("shop_id", "campaign_id", "source_key"),
        Index(None, "shop_id", "customer_id", "valid_to"),
        Index(None, "shop_id", "campaign_id", "created_at"),
        CheckConstraint("valid_to > valid_from", name="period"),
        CheckConstraint("value >= 0", name="value"),
        {"schema": SCHEMA},
    )

    code: Mapped[str]
    campaign_id: Mapped[UUID]
    template_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    pool_id: Mapped[UUID]
    # What a random coupon turned out to be worth, minor units.
    value: Mapped[int] = mapped_column(default=0)
    uses: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    # claim, code, staff, gift, fission, return, or the trigger's name; `source_key` makes one cause have one coupon.
    source: Mapped[str]
    source_key: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    # The order that locked it last, and when: both are set in that order's own transaction.
    last_order_id: Mapped[UUID | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    # A gift is on its way to somebody, or has arrived.
    offered_until: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    gift_hash: Mapped[str | None]
    # "alias": somebody with the same contact or browser has had theirs; it was given all the same.
    flagged: Mapped[str] = mapped_column(default="", server_default=text("''"))
    extended_at: Mapped[datetime | None]
    # It was used before the order that it was given for fell through: the next one for such a cause is kept back.
    owed_at: Mapped[datetime | None]
    offset_at: Mapped[datetime | None]


class Redemption(CreatedAt, TenantTable):
    """A coupon in an order: what it took off and where. How it stands follows from the order."""

    __tablename__ = "redemption"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        tenant_fk("plugin_coupon.instance", "instance_id"),
        tenant_fk("orders_order", "order_id", deferred=True),
        UniqueConstraint("shop_id", "order_id", "instance_id"),
        Index(None, "shop_id", "instance_id"),
        Index(None, "shop_id", "campaign_id", "created_at"),
        CheckConstraint("amount_minor > 0", name="amount"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int]
    # By line key (or "shipping"), minor units.
    allocation: Mapped[dict[str, Any]]
    funder: Mapped[str]
    # "alias": the payer had used as many before, under whatever account.
    flagged: Mapped[str] = mapped_column(default="", server_default=text("''"))


class ClaimCount(TenantTable):
    """How many coupons of a campaign a customer has got, in all (day 0001-01-01) and on each day of the shop's zone."""

    __tablename__ = "claim_count"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id", ondelete="CASCADE"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "campaign_id", "customer_id", "day"),
        CheckConstraint("count > 0", name="count"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    day: Mapped[date]
    count: Mapped[int]


class ClaimTrace(TenantTable):
    """How many coupons of a campaign went to one browser, address or number: `trace` names it by a hash."""

    __tablename__ = "claim_trace"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "campaign_id", "trace"),
        CheckConstraint("count > 0", name="count"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    trace: Mapped[str]
    count: Mapped[int]


class Alert(CreatedAt, TenantTable):
    """Something that a merchant should look at: a leak, somebody who guesses codes, accounts of one person.

    `key` lets what happens again count up instead of being told again.
    """

    __tablename__ = "alert"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "key"),
        CheckConstraint("kind IN ('leak', 'guessing', 'alias')", name="kind"),
        CheckConstraint("count > 0", name="count"),
        Index(None, "shop_id", "last_at"),
        {"schema": SCHEMA},
    )

    kind: Mapped[str]
    key: Mapped[str]
    campaign_id: Mapped[UUID | None]
    count: Mapped[int]
    last_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class Giving(CreatedAt, TenantTable):
    """A campaign given to a whole segment: how far it is. `after` is the last customer who had their turn."""

    __tablename__ = "giving"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id", ondelete="CASCADE"),
        CheckConstraint("state IN ('running', 'done', 'stopped')", name="state"),
        Index(None, "shop_id", "campaign_id", "created_at"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    audience: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    given: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    after: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]


class Birthday(CreatedAt, TenantTable):
    """The day and month that a buyer told, for a coupon on it; can be changed once a year."""

    __tablename__ = "birthday"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("shop_id", "customer_id"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
        {"schema": SCHEMA},
    )

    customer_id: Mapped[UUID]
    month: Mapped[int]
    day: Mapped[int]


class Choice(TenantTable):
    """Which coupons a buyer wants to use instead of the best ones: a list of ids, empty for none."""

    __tablename__ = "choice"
    __table_args__ = (
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "customer_id"),
        {"schema": SCHEMA},
    )

    customer_id: Mapped[UUID]
    chosen: Mapped[list[Any]]


class CodeBatch(CreatedAt, TenantTable):
    """Codes that were made or brought in together."""

    __tablename__ = "code_batch"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        Index(None, "shop_id", "campaign_id", "created_at"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    name: Mapped[str]
    count: Mapped[int]
    public: Mapped[bool] = mapped_column(default=False)
    # A public code is for everybody to read; unique ones are only in the file that was made with them.
    shown: Mapped[str] = mapped_column(default="")


class Code(TenantTable):
    """A code, kept as its hash; `hint` is its end, for recognising it."""

    __tablename__ = "code"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        tenant_fk("plugin_coupon.code_batch", "batch_id"),
        UniqueConstraint("shop_id", "code_hash"),
        Index(None, "shop_id", "batch_id"),
        CheckConstraint("max_uses IS NULL OR uses <= max_uses", name="uses"),
        {"schema": SCHEMA},
    )

    campaign_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    code_hash: Mapped[str]
    hint: Mapped[str]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]


class CodeTry(TenantTable):
    """Tries to type a code that failed, of one customer, address or device within the running ten minutes."""

    __tablename__ = "code_try"
    __table_args__ = (
        UniqueConstraint("shop_id", "who"),
        {"schema": SCHEMA},
    )

    who: Mapped[str]
    fails: Mapped[int]
    since: Mapped[datetime]


class Fission(CreatedAt, TenantTable):
    """A round of 裂变: when enough people have joined, everybody in it gets the coupon."""

    __tablename__ = "fission"
    __table_args__ = (
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "code"),
        Index(None, "shop_id", "campaign_id", "created_at"),
        CheckConstraint("joined BETWEEN 1 AND need", name="joined"),
        {"schema": SCHEMA},
    )

    code: Mapped[str]
    campaign_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    need: Mapped[int]
    joined: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    # It ran out, and whatever its members get instead was given.
    ended_at: Mapped[datetime | None]


class FissionMember(CreatedAt, TenantTable):
    """Somebody in a round, once."""

    __tablename__ = "fission_member"
    __table_args__ = (
        tenant_fk("plugin_coupon.fission", "fission_id"),
        tenant_fk("plugin_coupon.campaign", "campaign_id"),
        tenant_fk("customers_customer", "customer_id"),
        UniqueConstraint("shop_id", "fission_id", "customer_id"),
        {"schema": SCHEMA},
    )

    fission_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    customer_id: Mapped[UUID]
