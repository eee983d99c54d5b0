"""Where people find a shop: its canonical host with the scheme and port of this installation."""

from collections.abc import Mapping

from tenants import directory

_port = 8000
_doors: dict[str, str] = {}


def install_port(port: int, doors: Mapping[str, str] | None = None) -> None:
    """Write addresses with this port (80 is left out); `doors` are whole addresses by host, for the local network."""
    global _port, _doors
    _port, _doors = port, dict(doors or {})


def storefront_address(shop_id: int) -> str:
    """For example http://qingshan.localhost:8000, without a slash at the end; "" for a shop without a host."""
    host = directory.canonical_host(shop_id)
    if not host:
        return ""
    if host in _doors:
        return _doors[host]
    # Names below localhost are a laptop's; anything else stands behind a proxy that speaks TLS.
    if host.endswith(".localhost"):
        return f"http://{host}" if _port == 80 else f"http://{host}:{_port}"
    return f"https://{host}"
