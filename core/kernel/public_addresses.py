"""Which network addresses a merchant may make us talk to: those of the open internet, looked up once and then kept to."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

# Ways to write an IPv4 address inside an IPv6 one: judged by the address inside.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HostUnknown(OSError):
    """A name that has no address."""


class AddressPrivate(OSError):
    """A name that leads into a private network."""


def is_public(address: str) -> bool:
    """Whether `address` is one of the open internet: not private, local, shared, reserved or multicast."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inside = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if parsed in _NAT64:
            inside = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of `host`; raises HostUnknown."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(host) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_address(
    host: str,
    port: int,
    *,
    private: bool = False,
    resolve: Callable[[str, int], Sequence[str]] = resolved,
) -> str:
    """The address to connect to, so that a name cannot change its mind between the look-up and the connection.

    Raises HostUnknown, and AddressPrivate when any of its addresses is not public (unless `private` is allowed).
    """
    addresses = resolve(host, port)
    if not addresses:
        raise HostUnknown(host)
    if not private and not all(map(is_public, addresses)):
        raise AddressPrivate(host)
    return addresses[0]
