"""The host a request asks for, in the one spelling in which hosts are compared."""

from collections.abc import Mapping
from typing import Any

# Where our own programs ask for health and bring notifications, whatever the console is called.
OWN_MACHINE = "127.0.0.1"

# Where a request came in by a shop's own port, the host of that shop.
DOOR = "pinpu.door"


def host_name(environ: Mapping[str, Any]) -> str:
    """The requested host: lower case, without port and trailing dot, an international name in its ASCII form.

    By a shop's own port in the local network it is that shop's host. A name that cannot be spelt comes back as it
    is: nobody has it.
    """
    if DOOR in environ:
        return str(environ[DOOR])
    given = str(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""))
    bare = f"{given.partition(']')[0]}]" if given.startswith("[") else given.partition(":")[0]
    name = bare.removesuffix(".")
    if not name.isascii():
        try:
            # WSGI hands header bytes over as Latin-1.
            name = name.encode("latin-1").decode("utf-8").encode("idna").decode("ascii")
        except UnicodeError:
            return name
    return name.lower()
