"""Who is at the other end, for limits of so many a device and of wrong codes: hashes, nothing about a person."""

import hashlib

from core.sdk.storefront import device_token, network_address


def seen_as() -> list[str]:
    """The network address and the device under which wrong codes are counted; kept as hashes."""
    seen = {"address": network_address() or "-", "device": device_token()}
    return [f"{name}:{hashlib.sha256(value.encode()).hexdigest()[:32]}" for name, value in seen.items()]


def device() -> str:
    """The device as a limit of so many a device counts it."""
    return seen_as()[1]
