"""What a merchant does with accounts: credentials are proved by the gateway before they are kept, then switched on."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.payments.account_queries import obligations_of
from core.commerce.payments.accounts import TEST, credentials_for, gateway_account, notify_url
from core.commerce.payments.actions.reconcile import next_look
from core.commerce.payments.errors import AccountChanged, NotReady, OtherAccount
from core.commerce.payments.gateways.interface import (
    AccountFacts,
    CredentialField,
    GatewayRefused,
    GatewayUnavailable,
    Mode,
    PaymentGateway,
    RegistersNotifications,
)
from core.commerce.payments.gateways.registry import gateways_of_shop
from core.commerce.payments.models import PaymentAccount
from core.commerce.shops.actions import bump_epoch
from core.hooks import current
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import connection_given_back, reading, session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext, sentences
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope, require

log = structlog.get_logger(__name__)
PERMISSION = "payments.edit"
LONGEST_VALUE = 10_000
# So many changes of an account are remembered.
_REMEMBERED = 20
_REFUSALS = {
    "wrong_credentials": N_("The provider does not accept this."),
    "wrong_mode": N_("These are credentials of the other mode: test and live are kept apart."),
}


def save_account(
    *,
    gateway: str,
    mode: Mode,
    typed: Mapping[str, str],
    methods: tuple[str, ...] | None = None,
    version: int = 0,
) -> UUID:
    """Keep the credentials of an account after its gateway has proved them; returns the account's id.

    An empty secret keeps the one that is stored. `version` is the one that the form was made of (0: none stored).
    Credentials that the gateway refuses are not kept; while it does not answer they are kept unproved and stay off.
    Raises InputRefused (by field), AccountChanged, OtherAccount, NotFound, PermissionRefused, NoSealingKey.
    """
    require(PERMISSION)
    provider = _offered(gateway, mode)
    with reading():
        row = _stored(gateway, mode)
        known = dict(row.credentials) if row is not None else {}
        if (row.version if row is not None else 0) != version:
            raise AccountChanged
    values = _complete(provider, known, typed)
    facts, trouble = _asked(provider, mode, values)
    if row is not None and facts is not None:
        _require_same(row, facts)
    told = _told_where_to_report(provider, mode, values, known) if facts is not None else {}
    if told:
        values = {**values, **told}
        facts, trouble = _asked(provider, mode, values)
    changed = sorted(name for name, value in values.items() if known.get(name) != value)
    return _keep_account(
        gateway=gateway,
        mode=mode,
        version=version,
        values=values,
        shown=_shown(provider, values, row.shown if row else {}, changed),
        methods=list(methods if methods is not None else provider.profile.methods),
        found={"facts": _as_json(facts), "trouble": trouble},
        changed=changed,
    )


def _offered(gateway: str, mode: str) -> PaymentGateway:
    for one in gateways_of_shop():
        if one.name == gateway and gateway != TEST and mode in one.profile.base_urls:
            return one
    raise NotFound


def _stored(gateway: str, mode: str) -> PaymentAccount | None:
    wanted = select(PaymentAccount).where(PaymentAccount.gateway == gateway, PaymentAccount.mode == mode)
    return session().scalars(wanted.execution_options(populate_existing=True)).first()


def _complete(provider: PaymentGateway, known: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """All fields with a value: what was typed, else what is stored; raises InputRefused."""
    values, wrong = {}, {}
    for one in provider.profile.fields:
        given = typed.get(one.name, "").strip()
        value = given or (known.get(one.name, "") if one.secret else "")
        if len(value) > LONGEST_VALUE:
            wrong[one.name] = [gettext(N_("This is too long."))]
        elif one.required and not value:
            wrong[one.name] = [gettext(N_("Please fill this in."))]
        values[one.name] = value
    if wrong:
        raise InputRefused(wrong)
    return values


def _asked(
    provider: PaymentGateway, mode: Mode, values: Mapping[str, str]
) -> tuple[AccountFacts | None, str]:
    """What the gateway says of the credentials, or why it did not; raises InputRefused for wrong ones."""
    try:
        with connection_given_back():
            return provider.check_credentials(credentials_for(provider.name, mode, values)), ""
    except GatewayUnavailable as error:
        return None, error.reason
    except GatewayRefused as error:
        if error.failure_code == "unsupported":
            return AccountFacts(mode, "", provider.profile.methods), ""
        words = _refusal_words(error)
        raise InputRefused({error.field or _secret_field(provider).name: [words]}) from error


def _refusal_words(error: GatewayRefused) -> str:
    """A gateway's own words and way out where it names the field, else what its code means."""
    if error.field:
        return sentences(error.text, error.fix_text)
    return gettext(_REFUSALS.get(error.failure_code, error.failure_code))


def _told_where_to_report(
    provider: PaymentGateway, mode: Mode, values: Mapping[str, str], known: Mapping[str, str]
) -> Mapping[str, str]:
    """What a provider that can be told where to report answers to it: fields to keep, or nothing.

    It is told for new credentials, and as long as a field that it would fill is empty; never over what a person typed.
    """
    if not isinstance(provider, RegistersNotifications):
        return {}
    fields = provider.profile.fields
    optional = {one.name for one in fields if not one.required}
    typed = any(values[name] and values[name] != known.get(name) for name in optional)
    fresh = any(values[one.name] != known.get(one.name) for one in fields if one.required)
    if typed or not (fresh or any(not values[name] for name in optional)):
        return {}
    try:
        with connection_given_back():
            credentials = credentials_for(provider.name, mode, values)
            return provider.register_notifications(credentials, notify_url(provider.name))
    except (GatewayUnavailable, GatewayRefused) as error:
        # A person can do it at the provider; until then the sweep finds what was paid.
        log.info("provider not told where to report", gateway=provider.name, why=str(error))
        return {}


def _secret_field(provider: PaymentGateway) -> CredentialField:
    fields = provider.profile.fields
    return next((one for one in fields if one.secret), fields[0])


def _require_same(row: PaymentAccount, facts: AccountFacts) -> None:
    """Money that an account took goes back through it: its credentials may change, the account itself may not."""
    before = str(row.facts.get("name", ""))
    if not before or not facts.name or before == facts.name:
        return
    with reading():
        owed = obligations_of(row.gateway, row.mode)
    if owed.any:
        raise OtherAccount(name=facts.name)


def _shown(
    provider: PaymentGateway, values: Mapping[str, str], before: Mapping[str, Any], changed: list[str]
) -> dict[str, Any]:
    """What may be seen of each field: all of a plain one, of a secret its last letters and when it was typed."""
    shown: dict[str, Any] = {}
    for one in provider.profile.fields:
        value = values[one.name]
        if not one.secret:
            shown[one.name] = {"value": value}
        elif one.name not in changed and one.name in before:
            shown[one.name] = before[one.name]
        elif value:
            # Of a short secret four letters would tell too much, of a certificate they tell nothing.
            tail = "" if one.multiline or len(value) < 16 else value[-4:]
            shown[one.name] = {"tail": tail, "at": now().isoformat()}
    return shown


def _as_json(facts: AccountFacts | None) -> dict[str, Any]:
    if facts is None:
        return {}
    return {
        "mode": facts.mode,
        "name": facts.name[:200],
        "ready_methods": list(facts.ready_methods),
        "problems": [one[:400] for one in facts.problems][:20],
    }


@command(PERMISSION)
def _keep_account(
    *,
    gateway: str,
    mode: Mode,
    version: int,
    values: Mapping[str, str],
    shown: Mapping[str, Any],
    methods: list[str],
    found: Mapping[str, Any],
    changed: list[str],
) -> UUID:
    known = _locked(gateway, mode)
    if (known.version if known is not None else 0) != version:
        raise AccountChanged
    row = known or _made(gateway, mode)
    row.credentials, row.shown, row.methods = dict(values), dict(shown), methods
    row.facts, row.trouble, row.checked_at = dict(found["facts"]), str(found["trouble"]), now()
    row.look_at = row.look_at or next_look()
    if not row.facts.get("ready_methods"):
        row.enabled = False
    _note(row, "saved", fields=changed)
    bump_epoch()
    return row.id


def _locked(gateway: str, mode: str) -> PaymentAccount | None:
    wanted = select(PaymentAccount).where(PaymentAccount.gateway == gateway, PaymentAccount.mode == mode)
    return (
        session()
        .scalars(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
        .first()
    )


def _made(gateway: str, mode: str) -> PaymentAccount:
    """A fresh row; where somebody makes the same one at this moment, theirs stands. Raises AccountChanged then."""
    key = {"shop_id": current_scope().shop_id, "id": new_id(), "gateway": gateway, "mode": mode}
    last = session().scalars(select(func.coalesce(func.max(PaymentAccount.position), 0))).one()
    made = insert(PaymentAccount).values(
        **key, created_at=now(), position=last + 1, credentials={}, shown={}, methods=[], facts={}, history=[],
        enabled=False, trouble="", version=1,
    )  # fmt: skip
    if session().execute(made.on_conflict_do_nothing().returning(PaymentAccount.id)).first() is None:
        raise AccountChanged
    row = _locked(gateway, mode)
    assert row is not None
    return row


def _note(row: PaymentAccount, what: str, **more: Any) -> None:
    """Grow the version and remember who did it, here and among the shop's changes; never what a secret was."""
    entry = {"at": now().isoformat(), "by": current_actor().name, "what": what, **more}
    _audit(row, what, **more)
    row.history = [entry, *row.history][:_REMEMBERED]
    row.version += 1


def _audit(row: PaymentAccount, what: str, **more: Any) -> None:
    current.answer(
        "answer_change_noted",
        action=f"payments.account_{what}",
        subject=f"{row.gateway} ({row.mode})",
        before={},
        after={"account": str(row.facts.get("name", "")), **more},
    )


def check_account(*, account_id: UUID) -> bool:
    """Ask the gateway again what the stored credentials can do; returns whether it said so.

    Raises NotFound, PermissionRefused.
    """
    require(PERMISSION)
    with reading():
        row = _of_id(account_id)
        gateway, mode = row.gateway, row.mode
    account = gateway_account(gateway, mode)
    try:
        with connection_given_back():
            facts, trouble = account.gateway.check_credentials(account.credentials), ""
    except GatewayUnavailable as error:
        facts, trouble = None, error.reason
    except GatewayRefused as error:
        facts, trouble = None, error.failure_code
    _keep_check(account_id=account_id, facts=_as_json(facts), trouble=trouble)
    return facts is not None


@command(PERMISSION)
def _keep_check(*, account_id: UUID, facts: dict[str, Any], trouble: str) -> None:
    row = _of_id(account_id, lock=True)
    row.checked_at, row.trouble = now(), trouble
    if facts:
        row.facts = facts
    bump_epoch()


def _of_id(account_id: UUID, *, lock: bool = False) -> PaymentAccount:
    wanted = select(PaymentAccount).where(PaymentAccount.id == account_id)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    row = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


@command(PERMISSION)
def switch_account(*, account_id: UUID, on: bool) -> None:
    """Offer an account to buyers, or stop offering it; payments that exist are finished either way.

    Raises NotReady for one that its gateway has not proved, NotFound.
    """
    row = _of_id(account_id, lock=True)
    if on and row.gateway != TEST:
        _require_ready(row)
    if row.enabled != on:
        row.enabled = on
        _note(row, "on" if on else "off")
        bump_epoch()


def _require_ready(row: PaymentAccount) -> None:
    provider = _offered(row.gateway, row.mode)
    if row.trouble or not row.facts.get("ready_methods"):
        raise NotReady(why=gettext(N_("the provider has not confirmed the account.")))
    if not set(row.methods) & set(row.facts["ready_methods"]):
        raise NotReady(why=gettext(N_("none of the chosen methods can take money yet.")))
    currencies = provider.profile.currencies
    if currencies and current_scope().currency not in currencies:
        raise NotReady(why=gettext(N_("it does not take %(currency)s."), currency=current_scope().currency))


@command(PERMISSION)
def switch_test_payments(*, on: bool) -> None:
    """Offer our own test payments, or stop offering them; as long as real payments are on, they are not offered anyway."""
    row = _locked(TEST, "test") or _made(TEST, "test")
    row.methods, row.facts = ["page"], {"mode": "test", "name": "", "ready_methods": ["page"], "problems": []}
    row.enabled, row.look_at = on, row.look_at or next_look()
    _note(row, "on" if on else "off")
    bump_epoch()


@command(PERMISSION)
def put_first(*, account_id: UUID) -> None:
    """Offer this account's methods before all others'. Raises NotFound."""
    row = _of_id(account_id, lock=True)
    row.position = session().scalars(select(func.min(PaymentAccount.position))).one() - 1
    _note(row, "first")
    bump_epoch()


@command(PERMISSION)
def remove_account(*, account_id: UUID) -> Literal["removed", "draining"]:
    """Forget an account and its credentials; while payments or refunds still need it, it is only switched off.

    Raises NotFound.
    """
    row = _of_id(account_id, lock=True)
    if obligations_of(row.gateway, row.mode).any:
        row.enabled = False
        _note(row, "off")
        bump_epoch()
        return "draining"
    _audit(row, "removed")
    session().delete(row)
    bump_epoch()
    return "removed"
