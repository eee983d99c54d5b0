"""Tables of the tenants part: platform tables in their own schema, and the shop's switches and audit."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, MetaData, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.kernel.clock import now
from core.kernel.db import NAMING, PLATFORM_TABLE, CreatedAt, ReferenceTable, TenantTable, note_kind
from core.kernel.ids import new_id


class PlatformBase(DeclarativeBase):
    """Base of platform tables: schema `platform`, own role, own engine; no plugin SQL can read them."""

    metadata = MetaData(schema="platform", naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        UUID: Uuid(),
        int: BigInteger(),
        str: Text(),
        dict[str, Any]: JSONB(),
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        note_kind(cls, PLATFORM_TABLE)


class Merchant(PlatformBase):
    """The party that owns shops and pays us."""

    __tablename__ = "merchant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class MerchantShop(PlatformBase):
    """Whose a shop is; core never asks."""

    __tablename__ = "merchant_shop"
    __table_args__ = (Index(None, "merchant_id"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("platform.merchant.id"))


class Staff(PlatformBase):
    """A person who logs in to the console."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("platform.merchant.id"))
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(default="zh-CN")
    created_at: Mapped[datetime] = mapped_column(default=now)


class StaffRole(PlatformBase):
    """What a staff member may do in one shop: owner (everything) or staff (daily work)."""

    __tablename__ = "staff_role"
    __table_args__ = (
        UniqueConstraint("staff_id", "shop_id"),
        CheckConstraint("role IN ('owner', 'staff')", name="role"),
        Index(None, "shop_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("platform.staff.id"))
    shop_id: Mapped[int]
    role: Mapped[str]


class StaffSession(PlatformBase):
    """A logged-in browser of a staff member; only the token's hash is kept."""

    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "staff_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("platform.staff.id"))
    token_hash: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiToken(PlatformBase):
    """With what a program acts for a staff member in one shop, within its scopes; only the token's hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "staff_id"), Index(None, "shop_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    shop_id: Mapped[int]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("platform.staff.id"))
    name: Mapped[str]
    token_hash: Mapped[str]
    # Its first letters, by which people tell their tokens apart.
    prefix: Mapped[str]
    scopes: Mapped[list[Any]] = mapped_column(JSONB())
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginThrottle(PlatformBase):
    """How often somebody tried to log in: by e-mail typed (known or not) and by network address, each as a hash."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    window_ends: Mapped[datetime]


class Host(ReferenceTable):
    """Which shop answers on a host name; unique world-wide."""

    __tablename__ = "tenants_host"
    __table_args__ = (Index(None, "shop_id"),)

    host: Mapped[str] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops_directory.shop_id"))
    canonical: Mapped[bool] = mapped_column(default=True)


class PluginSwitch(CreatedAt, TenantTable):
    """A plugin's state in a shop: on (offer and obligation), draining (obligation only) or off; with its settings."""

    __tablename__ = "tenants_plugin_switch"
    __table_args__ = (
        UniqueConstraint("shop_id", "plugin"),
        CheckConstraint("state IN ('on', 'draining', 'off')", name="state"),
    )

    plugin: Mapped[str]
    state: Mapped[str]
    version: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(CreatedAt, TenantTable):
    """Who changed what in the shop's set-up: before and after, secrets masked."""

    __tablename__ = "tenants_audit"
    __table_args__ = (Index(None, "shop_id", "created_at"),)

    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


class FirstHour(CreatedAt, TenantTable):
    """How a shop began: its line of business, what its owner has looked at, and the test order.

    What is done is never ticked here; the check-list looks at the shop's own data.
    """

    __tablename__ = "tenants_first_hour"
    __table_args__ = (UniqueConstraint("shop_id"),)

    industry: Mapped[str] = mapped_column(default="")
    # The check-list was put away; the menu brings it back.
    hidden: Mapped[bool] = mapped_column(default=False)
    delivery_seen_at: Mapped[datetime | None]
    test_order_id: Mapped[UUID | None]


class Sample(CreatedAt, TenantTable):
    """A product or collection that came with the shop as an example, until the merchant makes it their own."""

    __tablename__ = "tenants_sample"
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "subject_id"),
        CheckConstraint("kind IN ('product', 'collection')", name="kind"),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
