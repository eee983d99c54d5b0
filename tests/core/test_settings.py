"""Settings: defaults, every variable once, and nonsense refused by name without telling secrets."""

import stat
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError

KEY = "k" * 40
APP = "postgresql://app:secret-one@db.example/shop"
OWNER = "postgresql://owner:secret-two@db.example/shop"


def read(tmp_path: Path, **env: str) -> Settings:
    """Settings from exactly these variables, with a home of their own."""
    return Settings.from_environment({"PINPU_HOME": str(tmp_path / "home"), **env})


def test_defaults_suit_a_laptop(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.port, settings.gateway_port) == (8000, 8001)
    assert settings.test_gateway_url == "http://127.0.0.1:8001"
    assert not settings.demo
    assert not settings.dev
    assert not settings.has_own_database
    assert settings.clock_file is None
    assert settings.plugin_folder.name == "plugins"


def test_home_defaults_to_the_current_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"PINPU_SECRET_KEY": KEY}).home == tmp_path / ".pinpu"


def test_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert stat.S_IMODE((tmp_path / "home" / "secret_key").stat().st_mode) == 0o600
    assert first.secret_key not in repr(first)


def test_environment_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        PINPU_PORT="9100",
        PINPU_DEMO="yes",
        PINPU_LOG_FORMAT="json",
        PINPU_SMTP_URL="smtps://tea:p%40ss@mail.example.com",
        PINPU_MAIL_FROM="tea@example.com",
        PINPU_CLOCK_FILE=str(tmp_path / "clock"),
        PINPU_WEB_WORKERS="3",
        PINPU_MEDIA_URL="https://cdn.example/m",
        PINPU_TRUSTED_PROXIES="1",
        PINPU_CONSOLE_HOSTS="Console.Example.com., 10.0.0.7,console.example.com",
        PINPU_LAN_ADDRESS="192.168.1.5",
        PINPU_SIGNUP="0",
        PINPU_LAN_DOORS="8010=tea.localhost, 8011=wool.localhost",
        DATABASE_URL=APP,
        DATABASE_OWNER_URL=OWNER,
    )
    assert Settings.from_environment(settings.environment()) == settings
    assert settings.media_url == "https://cdn.example/m/"
    assert settings.gateway_port == 9101
    assert settings.console_hosts == ("console.example.com", "10.0.0.7")
    assert settings.lan_doors == ((8010, "tea.localhost"), (8011, "wool.localhost"))
    assert settings.test_gateway_pages == "http://192.168.1.5:9101"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({}, False),
        ({"PINPU_DEMO": "1"}, True),
        ({"PINPU_DEV": "1"}, True),
        ({"PINPU_SIGNUP": "1"}, True),
        ({"PINPU_DEMO": "1", "PINPU_SIGNUP": "0"}, False),
    ],
)
def test_merchants_sign_up_where_it_is_said_and_in_demos(
    tmp_path: Path, said: dict[str, str], taken: bool
) -> None:
    assert read(tmp_path, **said).takes_merchants is taken


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        read(tmp_path).port = 1  # type: ignore[misc]


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+psycopg"])
def test_database_addresses_are_brought_to_one_spelling(tmp_path: Path, spelling: str) -> None:
    settings = read(tmp_path, DATABASE_URL=APP.replace("postgresql", spelling), DATABASE_OWNER_URL=OWNER)
    assert settings.database_url == "postgresql+psycopg://app:secret-one@db.example/shop"
    assert settings.database_platform_url == settings.database_owner_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PINPU_PORT", "eight"),
        ("PINPU_PORT", "0"),
        ("PINPU_PORT", "-1"),
        ("PINPU_PORT", "65536"),
        ("PINPU_PORT", "80.5"),
        ("PINPU_PORT", "８０００"),
        ("PINPU_PORT", "9" * 5000),
        ("PINPU_GATEWAY_PORT", "8000"),
        ("PINPU_DEMO", "maybe"),
        ("PINPU_DEV", "2"),
        ("PINPU_LOG_FORMAT", "xml"),
        ("PINPU_SMTP_URL", "mail.example.com"),
        ("PINPU_SMTP_URL", "smtp://mail.example.com"),
        ("PINPU_PRIVATE_ADDRESSES", "perhaps"),
        ("PINPU_CONSOLE_HOSTS", "https://console.example.com"),
        ("PINPU_CONSOLE_HOSTS", "console.example.com:8000"),
        ("PINPU_LAN_ADDRESS", "my laptop"),
        ("PINPU_LAN_DOORS", "8010"),
        ("PINPU_LAN_DOORS", "8010=tea.localhost"),
        ("PINPU_WEB_WORKERS", "0"),
        ("PINPU_WEB_THREADS", "1000"),
        ("PINPU_TRUSTED_PROXIES", "-1"),
        ("PINPU_SECRET_KEY", "short"),
        ("PINPU_PLUGIN_FOLDER", "/no/such/folder"),
        ("PINPU_TEST_GATEWAY_URL", "ftp://x"),
        ("PINPU_MEDIA_URL", "javascript:alert(1)"),
        ("DATABASE_URL", "mysql://app:secret@host/shop"),
        ("DATABASE_URL", "not an address"),
        ("DATABASE_URL", "postgresql://host/shop"),
        ("DATABASE_OWNER_URL", OWNER),
    ],
)
def test_nonsense_is_refused_by_name_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        read(tmp_path, **{name: value})
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 250


def test_missing_owner_and_one_role_for_both_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_OWNER_URL"):
        read(tmp_path, DATABASE_URL=APP)
    with pytest.raises(SettingsError, match="two roles"):
        read(tmp_path, DATABASE_URL=APP, DATABASE_OWNER_URL=APP)


def test_a_refused_address_does_not_tell_its_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, DATABASE_URL="mysql://app:hunter2@host/shop")
    assert "hunter2" not in str(caught.value)
    assert "secret-one" not in repr(read(tmp_path, DATABASE_URL=APP, DATABASE_OWNER_URL=OWNER))


def test_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(SettingsError, match="PINPU_HOME"):
        read(tmp_path)
