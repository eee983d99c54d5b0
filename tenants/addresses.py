"""Where people find a shop: its canonical host with the scheme and port of this installation."""

from tenants import directory

_port = 8000


def install_port(port: int) -> None:
    """Write addresses with this port (80 is left out)."""
    global _port
    _port = port


def storefront_address(shop_id: int) -> str:
    """For example http://qingshan.localhost:8000, without a slash at the end; "" for a shop without a host."""
    host = directory.canonical_host(shop_id)
    if not host:
        return ""
    # Names below localhost are a laptop's; anything else stands behind a proxy that speaks TLS.
    if host.endswith(".localhost"):
        return f"http://{host}" if _port == 80 else f"http://{host}:{_port}"
    return f"https://{host}"
