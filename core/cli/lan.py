"""Storefronts for phones in the same network: a port for each shop, and a QR code that opens it."""

import io
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import segno

from core.cli.problems import CommandProblem
from core.rendering.extensions import Opening
from core.settings import Settings

# So far above the console's port that the test gateway and other programs of ours fit between.
_ABOVE = 10


def with_doors(settings: Settings, openings: Sequence[Opening]) -> Settings:
    """The settings with a port for each storefront among `openings`; the same ones at each start if they are free.

    Raises CommandProblem when this machine is in no network.
    """
    hosts = [str(urlsplit(one.address).hostname) for one in openings if one.storefront]
    ports = _free_ports(settings.port + _ABOVE)
    return replace(
        settings,
        lan_address=settings.lan_address or _own_address(),
        lan_doors=tuple(zip(ports, hosts, strict=False)),
    )


def invitations(settings: Settings, openings: Sequence[Opening]) -> str:
    """For each storefront a QR code, its name and its address in the network."""
    addresses = {host: f"http://{settings.lan_address}:{port}/" for port, host in settings.lan_doors}
    blocks = []
    for one in openings:
        if one.storefront:
            address = addresses[str(urlsplit(one.address).hostname)]
            blocks.append(f"{_qr(address)}\n  {one.title}  {address}")
    return "\n\n".join(
        [
            "On a phone in the same network:",
            *blocks,
            "Whoever is in this network can open these shops. If a phone cannot, a firewall of this machine stands between.",
        ]
    )


def _qr(address: str) -> str:
    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True, border=2)
    return drawn.getvalue().rstrip("\n")


def _own_address() -> str:
    """The address from which this machine would reach others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        found = str(probe.getsockname()[0])
        if not found.startswith(("127.", "0.")):
            return found
    raise CommandProblem(
        "This machine is in no network that a phone could share: join one, or name the address with PINPU_LAN_ADDRESS."
    )


def _free_ports(first: int) -> Iterator[int]:
    for port in range(first, 65536):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("", port))
                yield port
