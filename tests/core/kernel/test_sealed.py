"""Integration: secrets lie sealed for their shop and column, whatever wrote them and whichever key is in front."""

import json
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.app import import_parts
from core.commerce.messages.configuring import save_channel
from core.commerce.messages.models import ChannelSetting
from core.commerce.webhooks.models import Endpoint
from core.kernel.db import Base, reading, session
from core.kernel.resealing import open_values, reseal_everything, sealed_columns
from core.kernel.sealed import Keyring, NoSealingKey, SealBroken, install_keyring, is_sealed, keyring
from core.kernel.tenancy import SYSTEM, shop_bound
from core.settings import Settings, SettingsError

OLD, NEW = "the key of last year and long enough", "the key of this year and long enough"
PURPOSE = "test.secret"


@pytest.fixture
def keys(platform):
    kept = keyring()
    yield lambda *given: install_keyring(Keyring(given))
    install_keyring(kept)


@settings(max_examples=50, deadline=None)
@given(st.text(), st.integers(1, 2**40))
def test_what_is_sealed_opens_again(words, shop_id):
    sealed = Keyring([OLD]).seal(words, shop_id=shop_id, purpose=PURPOSE)
    assert is_sealed(sealed)
    assert len(words) < 4 or words not in sealed
    assert Keyring([NEW, OLD]).open(sealed, shop_id=shop_id, purpose=PURPOSE) == words


def test_sealed_value_opens_nowhere_else():
    ring = Keyring([OLD])
    sealed = ring.seal("hush", shop_id=1, purpose=PURPOSE)
    head, _, tail = sealed.rpartition(":")
    wrong = {
        "other shop": (ring, sealed, 2, PURPOSE),
        "other purpose": (ring, sealed, 1, "other.secret"),
        "other key": (Keyring([NEW]), sealed, 1, PURPOSE),
        "no key": (Keyring(), sealed, 1, PURPOSE),
        "changed": (ring, f"{head}:{'A' if tail[0] != 'A' else 'B'}{tail[1:]}", 1, PURPOSE),
        "cut off": (ring, sealed[:-9], 1, PURPOSE),
        "not base64": (ring, f"{head}:%%%", 1, PURPOSE),
    }
    for case, (opener, value, shop_id, purpose) in wrong.items():
        with pytest.raises(SealBroken):
            pytest.fail(f"{case}: {opener.open(value, shop_id=shop_id, purpose=purpose)}")


def test_same_secret_is_never_sealed_alike():
    ring = Keyring([OLD])
    assert len({ring.seal("hush", shop_id=1, purpose=PURPOSE) for _ in range(20)}) == 20


def test_secrets_of_a_channel_lie_sealed(shop, owner_engine):
    with shop_bound(shop, SYSTEM):
        save_channel(
            channel="sms", on=True, settings={"url": "https://x.example"}, secrets={"secret": "hush"}
        )
        with reading():
            assert session().query(ChannelSetting).one().secrets == {"secret": "hush"}
    with owner_engine.connect() as connection:
        (stored,) = connection.execute(
            text("SELECT secrets FROM messages_channel WHERE shop_id = :shop"), {"shop": shop.shop_id}
        ).one()
    assert is_sealed(stored)
    assert "hush" not in stored


def test_value_copied_into_another_shops_row_does_not_open(shop, other_shop, owner_engine):
    for one in (shop, other_shop):
        with shop_bound(one, SYSTEM):
            save_channel(channel="sms", on=True, settings={}, secrets={"secret": one.handle})
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE messages_channel SET secrets ="
                " (SELECT secrets FROM messages_channel WHERE shop_id = :mine) WHERE shop_id = :thine"
            ),
            {"mine": shop.shop_id, "thine": other_shop.shop_id},
        )
    with shop_bound(other_shop, SYSTEM), reading(), pytest.raises(SealBroken):
        session().query(ChannelSetting).one()


def test_nothing_is_kept_without_a_key(shop, keys):
    keys()
    with shop_bound(shop, SYSTEM), pytest.raises(NoSealingKey) as refused:
        save_channel(channel="sms", on=True, settings={}, secrets={"secret": "hush"})
    assert "PINPU_SECRET_KEYS" in refused.value.fix_text


def laid_open(shop, owner_engine):
    """Rows as they were before values were sealed."""
    import_parts()
    endpoint = {column.name: None for column in Endpoint.__table__.columns}
    endpoint |= {"shop_id": shop.shop_id, "id": "018f0000-0000-7000-8000-000000000001", "place": 1}
    endpoint |= {
        "url": "https://x.example",
        "note": "",
        "topics": "[]",
        "secret": "whsec_open",
        "former_secret": "",
    }
    endpoint |= {"pause_reason": "", "silent": 0, "created_at": "2026-01-01T00:00:00Z"}
    columns = ", ".join(endpoint)
    values = ", ".join(f"CAST(:{name} AS jsonb)" if name == "topics" else f":{name}" for name in endpoint)
    with shop_bound(shop, SYSTEM):
        save_channel(channel="sms", on=True, settings={}, secrets={"secret": "hush"})
    with owner_engine.begin() as connection:
        connection.execute(text(f"INSERT INTO webhooks_endpoint ({columns}) VALUES ({values})"), endpoint)
        connection.execute(
            text("UPDATE messages_channel SET secrets = CAST(:plain AS jsonb) WHERE shop_id = :shop"),
            {"plain": json.dumps({"secret": "hush"}), "shop": shop.shop_id},
        )


def read_back(shop):
    with shop_bound(shop, SYSTEM), reading():
        return session().query(Endpoint).one().secret, session().query(ChannelSetting).one().secrets


def test_rows_from_before_are_read_and_sealed_then_follow_the_newest_key(shop, owner_engine, keys):
    keys(OLD)
    laid_open(shop, owner_engine)
    assert read_back(shop) == ("whsec_open", {"secret": "hush"})
    before = open_values(owner_engine)
    assert before >= 2
    assert reseal_everything(owner_engine, Keyring([OLD])).sealed >= 2
    assert open_values(owner_engine) == 0
    assert read_back(shop) == ("whsec_open", {"secret": "hush"})
    assert reseal_everything(owner_engine, Keyring([OLD])).sealed == 0
    reseal_everything(owner_engine, Keyring([NEW, OLD]))
    keys(NEW)
    assert read_back(shop) == ("whsec_open", {"secret": "hush"})


def test_what_no_key_opens_is_counted_and_forgotten_only_when_asked(shop, owner_engine, keys):
    keys(OLD)
    laid_open(shop, owner_engine)
    reseal_everything(owner_engine, Keyring([OLD]))
    lost = reseal_everything(owner_engine, Keyring([NEW]))
    assert lost.unreadable >= 2
    assert lost.forgotten == 0
    assert read_back(shop)[0] == "whsec_open"
    assert reseal_everything(owner_engine, Keyring([NEW]), forget=True).forgotten >= 2
    assert read_back(shop) == ("", {})


def test_reseal_without_a_key_is_refused(owner_engine):
    with pytest.raises(NoSealingKey):
        reseal_everything(owner_engine, Keyring())


def test_secrets_of_every_room_are_sealed():
    import_parts()
    names = {f"{column.table.name}.{column.name}" for column in sealed_columns(Base.metadata)}
    assert names >= {
        "messages_channel.secrets",
        "sharing_settings.wechat_secret",
        "webhooks_endpoint.former_secret",
        "webhooks_endpoint.secret",
    }


def read(tmp_path, **env):
    return Settings.from_environment(
        {"PINPU_HOME": str(tmp_path / "home"), "PINPU_SECRET_KEY": "k" * 40, **env}
    )


def test_own_home_makes_its_sealing_key_once_and_private(tmp_path):
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_keys == second.secret_keys
    assert len(first.secret_keys[0]) >= 48
    assert stat.S_IMODE((tmp_path / "home" / "sealing_key").stat().st_mode) == 0o600
    assert first.secret_keys[0] not in repr(first)


def test_own_database_wants_keys_from_outside(tmp_path):
    addresses = {"DATABASE_URL": "postgresql://a@db/x", "DATABASE_OWNER_URL": "postgresql://o@db/x"}
    assert read(tmp_path, **addresses).secret_keys == ()
    assert read(tmp_path, **addresses, PINPU_SECRET_KEYS=f"{NEW}, {OLD}") == read(
        tmp_path, **addresses, PINPU_SECRET_KEYS=f"{NEW},{OLD}"
    )
    assert read(tmp_path, **addresses, PINPU_DEMO="1").secret_keys


def test_short_sealing_key_is_refused_by_name(tmp_path):
    with pytest.raises(SettingsError, match="PINPU_SECRET_KEYS is too short"):
        read(tmp_path, PINPU_SECRET_KEYS="short")
