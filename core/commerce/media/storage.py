"""The object store that holds files: a folder of this machine by default, S3 or another one by address."""

from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

_store: ObjectStore | None = None
_public_url = "/media/"


def open_store(location: str | Path) -> ObjectStore:
    """The store at a folder (made when missing) or at an address such as "s3://bucket/prefix"."""
    text = str(location)
    return from_url(text) if "://" in text else LocalStore(prefix=Path(text), mkdir=True)


def install_store(store: ObjectStore | None, *, public_url: str = "/media/") -> None:
    """Use `store` for this process from now on; browsers find its pictures below `public_url` (ends with "/").

    A path there is looked up in the folder of the shop that the host names; another host's address gets the folder
    in the address itself.
    """
    global _store, _public_url
    _store, _public_url = store, public_url


def public_address(path: str) -> str:
    """Where browsers find the file that lies at `path`, which begins with the shop's folder."""
    return _public_url + (path if "://" in _public_url else path.partition("/")[2])


def object_store() -> ObjectStore:
    """The installed store; raises when none was installed."""
    if _store is None:
        raise RuntimeError("no object store: call install_store() first")
    return _store


def put_file(path: str, content: bytes) -> None:
    """Keep `content` under `path`, atomically; a file that is there is replaced."""
    obstore.put(object_store(), path, content)


def put_stream(path: str, stream: BinaryIO) -> None:
    """Keep what `stream` holds from its beginning on under `path`, piece by piece."""
    stream.seek(0)
    obstore.put(object_store(), path, stream)


def file_stream(path: str) -> BinaryIO | None:
    """What lies under `path` as a temporary file that can be sought, or None; whoever asks closes it."""
    try:
        found = obstore.get(object_store(), path)
    except (FileNotFoundError, ValueError):
        return None
    target: BinaryIO = TemporaryFile()  # noqa: SIM115 - handed on
    target.writelines(found.stream(min_chunk_size=1024 * 1024))
    target.seek(0)
    return target


def file_content(path: str) -> bytes | None:
    """The bytes under `path`, or None."""
    try:
        return bytes(obstore.get(object_store(), path).bytes())
    except (FileNotFoundError, ValueError):
        # ValueError is how the store refuses a path that would leave its folder.
        return None


def remove_file(path: str) -> None:
    """Forget what lies under `path`; nothing there is fine."""
    try:
        obstore.delete(object_store(), path)
    except FileNotFoundError:
        return
