"""API tokens: made and shown once, within their maker's rights, ended at once, seen in the console (integration)."""

import contextvars
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.hooks import current
from core.kernel.clock import now
from core.kernel.errors import InputRefused, NotFound, PermissionRefused
from core.kernel.tenancy import Actor, shop_bound
from core.web.api.admin.rooms import make_admin_api
from tenants import permissions
from tenants.actions.tokens import make_token, revoke_token
from tenants.api_tokens import caller_of, tokens
from tenants.models import ApiToken
from tenants.platform import platform_session
from tests.tenants.conftest import acting


@pytest.fixture(scope="module")
def api(tenants):
    return make_admin_api(tenants)


def asked(api, secret, path="/me"):
    client = Client(api, Response, use_cookies=False)
    return contextvars.Context().run(
        client.get,
        f"/api/admin/v1{path}",
        base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {secret}"},
    )


def row_of(token_id):
    with platform_session() as session:
        return session.scalars(select(ApiToken).where(ApiToken.id == token_id)).one()


def test_a_token_is_kept_as_a_hash_and_known_by_its_beginning(owner, shop):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"], days=30)
        (listed,) = tokens()
    row = row_of(made.id)
    assert made.secret not in {str(value) for value in vars(row).values()}
    assert made.secret.startswith(row.prefix)
    assert (listed.prefix, listed.scopes) == (row.prefix, ("orders.read",))
    assert row.expires_at - now() < timedelta(days=30)


def test_a_token_opens_its_own_shop_under_both_names(api, owner, shop):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"])
    answer = asked(api, made.secret)
    assert answer.status_code == 200
    assert current.answer("answer_api_caller", token=made.secret).shop_id == shop.shop_id
    assert current.answer("answer_api_caller", token="pinpu_other") is None
    assert answer.json["shop"] == shop.handle
    assert answer.json["acts_as"].endswith(" · ERP")
    assert answer.json["scopes"] == ["orders.read"]
    assert asked(api, made.secret, "/products").status_code == 403


def test_a_revoked_token_is_shut_out_at_once(api, owner, shop):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"])
        assert asked(api, made.secret).status_code == 200
        revoke_token(token_id=made.id)
        assert tokens() == []
        with pytest.raises(NotFound):
            revoke_token(token_id=made.id)
    assert asked(api, made.secret).status_code == 401


def test_a_token_ends_with_its_time(api, owner, shop, clock):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"], days=30)
        clock.advance(days=30, seconds=1)
        assert asked(api, made.secret).status_code == 401
        assert tokens()[0].expired


def test_staff_may_give_only_what_they_hold_and_need_the_permission(staff, owner, shop):
    with acting(staff((shop, "staff")), shop), pytest.raises(PermissionRefused):
        make_token(name="ERP", scopes=["orders.read"])
    with acting(owner, shop):
        for scopes in ([], ["nobody.knows"]):
            with pytest.raises(InputRefused):
                make_token(name="ERP", scopes=scopes)
        for name in ("", "x" * 61, "a\nb"):
            with pytest.raises(InputRefused):
                make_token(name=name, scopes=["orders.read"])


def test_a_token_makes_no_tokens(owner, shop):
    program = Actor("staff", owner.id, "ERP", frozenset({"shop.edit"}))
    with shop_bound(shop, program), pytest.raises(PermissionRefused):
        make_token(name="Child", scopes=["shop.edit"])


def test_a_token_may_less_once_its_maker_may_less(api, staff, shop):
    maker = staff((shop, "owner"))
    with acting(maker, shop):
        made = make_token(name="ERP", scopes=["shop.edit", "shop.read"])
    with platform_session() as session:
        from tenants.models import StaffRole

        role = session.scalars(select(StaffRole).where(StaffRole.staff_id == maker.id)).one()
        role.role = "staff"
    from tenants.staff_directory import forget_roles

    forget_roles()
    client = Client(api, Response, use_cookies=False)
    answer = contextvars.Context().run(
        client.patch,
        "/api/admin/v1/shop",
        json={"name": "Taken over"},
        base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {made.secret}"},
    )
    assert answer.status_code == 403
    assert asked(api, made.secret, "/shop").status_code == 200


def test_another_shops_owner_neither_sees_nor_ends_a_token(owner, staff, shop, other_shop):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"])
    with acting(staff((other_shop, "owner")), other_shop):
        assert tokens() == []
        with pytest.raises(NotFound):
            revoke_token(token_id=made.id)
    assert caller_of(made.secret) is not None


def test_last_use_is_written_every_few_minutes_only(owner, shop, clock):
    with acting(owner, shop):
        made = make_token(name="ERP", scopes=["orders.read"])
    caller_of(made.secret)
    first = row_of(made.id).last_used_at
    clock.advance(minutes=4)
    caller_of(made.secret)
    assert row_of(made.id).last_used_at == first
    clock.advance(minutes=2)
    caller_of(made.secret)
    assert row_of(made.id).last_used_at > first


def test_every_scope_of_an_address_is_a_permission_that_can_be_given(api, tenants):
    from core.web.api.application import operations_of

    scopes = {one.scope for one in operations_of(api)} - {""}
    assert scopes <= set(permissions.scope_labels())
    assert set(permissions.scope_labels()) == set(permissions.known_permissions())
