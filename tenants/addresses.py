"""Where people find a shop: its canonical host with the scheme and port of this installation."""

from sqlalchemy import select

from core.kernel.db import app_engine
from tenants.models import Host

_port = 8000


def install_port(port: int) -> None:
    """Write addresses with this port (80 is left out)."""
    global _port
    _port = port


def storefront_address(shop_id: int) -> str:
    """For example http://qingshan.localhost:8000, without a slash at the end; "" for a shop without a host."""
    statement = (
        select(Host.host).where(Host.shop_id == shop_id).order_by(Host.canonical.desc(), Host.host).limit(1)
    )
    with app_engine().connect() as connection:
        host = connection.scalar(statement)
    if host is None:
        return ""
    # Names below localhost are a laptop's; anything else stands behind a proxy that speaks TLS.
    if host.endswith(".localhost"):
        return f"http://{host}" if _port == 80 else f"http://{host}:{_port}"
    return f"https://{host}"
