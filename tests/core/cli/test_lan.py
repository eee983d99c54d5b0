"""Phones in the same network: ports, addresses and codes of the demo's shops."""

import socket
from dataclasses import replace

import pytest

from core.cli import lan
from core.cli.problems import CommandProblem
from core.rendering.extensions import Opening
from core.settings import Settings

OPENINGS = [
    Opening(title="Console", address="http://localhost:8000/console/"),
    Opening(title="青山茶事", address="http://qingshan.localhost:8000/", storefront=True),
    Opening(title="Harbor & Loom", address="http://harbor.localhost:8000/", storefront=True),
    Opening(title="Mailbox", address="http://qingshan.localhost:8000/mailbox"),
]


@pytest.fixture
def settings(tmp_path):
    return replace(Settings.from_environment({"PINPU_HOME": str(tmp_path)}), lan_address="192.168.1.5")


def test_every_storefront_has_a_free_port_of_its_own(settings):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        opened = lan.with_doors(replace(settings, port=port - 10), OPENINGS)
    (first, one), (second, other) = opened.lan_doors
    assert port < first < second
    assert [one, other] == ["qingshan.localhost", "harbor.localhost"]


def test_invitations_name_each_shop_with_its_address_and_code(settings):
    opened = replace(settings, lan_doors=((8010, "qingshan.localhost"), (8011, "harbor.localhost")))
    said = lan.invitations(opened, OPENINGS)
    assert "青山茶事  http://192.168.1.5:8010/" in said
    assert "Harbor & Loom  http://192.168.1.5:8011/" in said
    assert "console" not in said
    # A code is a block of half characters, as wide as it is high.
    assert len([line for line in said.splitlines() if "▀" in line or "█" in line]) >= 20


def test_without_a_network_the_way_out_is_named(settings, monkeypatch):
    monkeypatch.setattr(
        socket.socket, "connect", lambda *_: (_ for _ in ()).throw(OSError(101, "unreachable"))
    )
    with pytest.raises(CommandProblem, match="PINPU_LAN_ADDRESS"):
        lan.with_doors(replace(settings, lan_address=""), OPENINGS)
