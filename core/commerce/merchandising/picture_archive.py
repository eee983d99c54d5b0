"""Pictures in a ZIP file: looked at before anything is unpacked, found by file name, SKU, handle or product name.

Nothing is ever written to a path of the archive's choosing: folders in it are passed over, entries are read one by one
into memory and no further than a picture may be large.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from core.commerce.catalog.drafts import MOST_IMAGES
from core.commerce.catalog.slugs import slug_of
from core.commerce.media.pictures import MAXIMUM_BYTES
from core.commerce.merchandising.errors import ArchiveRefused, ArchiveTooLarge
from core.commerce.merchandising.picture_fetch import FetchRefused
from core.commerce.merchandising.product_rows import PictureWish, ReadProduct
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_

MOST_PICTURES = 5_000
MEGABYTES = 100
UNPACKED_MEGABYTES = 500
SCHEME = "zip:"
_MEGABYTE = 1024 * 1024
_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
# What operating systems put into archives beside people's files.
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.[^./]|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
# "cup-1", "cup_2", "cup (3)": several pictures of one product; not "cup12", which may be a SKU of its own.
_NUMBERED = re.compile(r"(.+?)(?:[-_ ]+\(?(\d{1,3})\)?|\((\d{1,3})\))")
_NO_FILE = N_("There is no file of this name among the pictures.")
_UTF8_NAMES = 0x800


class PictureArchive:
    """The pictures of an archive. `unfit` are entries that are no pictures or too large, with the reason."""

    def __init__(self, stream: BinaryIO) -> None:
        self._wanted: set[str] = set()
        try:
            self._zip = ZipFile(stream)
            entries = [one for one in self._zip.infolist() if not one.is_dir()]
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ArchiveRefused from error
        unpacked = sum(one.file_size for one in entries)
        if len(entries) > MOST_PICTURES or unpacked > UNPACKED_MEGABYTES * _MEGABYTE:
            raise ArchiveTooLarge(pictures=f"{MOST_PICTURES:,}", megabytes=UNPACKED_MEGABYTES)
        self.unfit: list[RowProblem] = []
        self._entries: dict[str, ZipInfo] = {}
        self._by_name: dict[str, str] = {}
        self._by_stem: dict[str, list[tuple[int, str]]] = {}
        for entry in sorted(entries, key=lambda one: one.filename):
            path = _readable(entry)
            if not _LITTER.search(path):
                self._take(path, entry)

    def _take(self, path: str, entry: ZipInfo) -> None:
        name = path.replace("\\", "/").rsplit("/", 1)[-1]
        if reason := self._unfitness(entry):
            self.unfit.append(RowProblem(0, name[-120:], reason, {}, "picture"))
            return
        self._entries[path] = entry
        self._by_name.setdefault(name.casefold(), path)
        self._by_name[path.casefold()] = path
        stem = name.rsplit(".", 1)[0].casefold().strip()
        self._by_stem.setdefault(stem, []).append((0, path))
        if numbered := _NUMBERED.fullmatch(stem):
            place = int(numbered[2] or numbered[3])
            self._by_stem.setdefault(numbered[1].strip(), []).append((place, path))

    def _unfitness(self, entry: ZipInfo) -> str:
        if entry.file_size > MAXIMUM_BYTES:
            return N_("The picture is too large.")
        try:
            with self._zip.open(entry) as opened:
                start = opened.read(8)
        except (BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error):
            return N_("This file cannot be unpacked.")
        return "" if start.startswith(_STARTS) else N_("This is not a picture.")

    def content(self, url: str) -> bytes:
        """The picture at an address that `with_pictures` gave; raises FetchRefused."""
        entry = self._entries.get(url.removeprefix(SCHEME))
        if entry is None:
            raise FetchRefused(_NO_FILE)
        try:
            with self._zip.open(entry) as opened:
                return opened.read(MAXIMUM_BYTES + 1)
        except (BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
            raise FetchRefused(N_("This file cannot be unpacked.")) from error

    def with_pictures(self, read: ReadProduct) -> ReadProduct:
        """The product with the archive's pictures: those that its cells name, and those called like it.

        A variant gets the picture that is called like its SKU; pictures called like the handle or the name are the
        product's own. Addresses of the internet stay as they are.
        """
        named = [replace(wish, url=self._resolved(wish.url)) for wish in read.pictures]
        by_sku = [self._called(variant.sku) if variant.sku else [] for variant in read.variants]
        own = list(dict.fromkeys([*self._called(read.handle), *self._called(read.title)]))
        found = [*own, *(path for paths in by_sku for path in paths)]
        wishes = [*named, *(PictureWish(SCHEME + path, "", read.line, "") for path in found)]
        shown = [
            self._resolved(url) if url else (SCHEME + paths[0] if paths else "")
            for url, paths in zip(read.variant_pictures, by_sku, strict=True)
        ]
        by_url: dict[str, PictureWish] = {}
        for wish in wishes:
            by_url.setdefault(wish.url, wish)
        self._wanted.update(url for url in list(by_url)[:MOST_IMAGES] if url.startswith(SCHEME))
        return replace(read, pictures=tuple(by_url.values()), variant_pictures=tuple(shown))

    def _resolved(self, url: str) -> str:
        if "://" in url:
            return url
        name = url.replace("\\", "/").casefold()
        path = self._by_name.get(name) or self._by_name.get(name.rsplit("/", 1)[-1])
        return SCHEME + (path or url)

    def _called(self, name: str) -> list[str]:
        """Pictures called like `name`, or like it with a number behind, in the order of the numbers."""
        stems = dict.fromkeys([name.casefold().strip(), slug_of(name)])
        found = [place for stem in stems if stem for place in self._by_stem.get(stem, ())]
        return list(dict.fromkeys(path for _, path in sorted(found)))

    def is_there(self, url: str) -> bool:
        """Whether an address leads to one of these pictures."""
        return url.removeprefix(SCHEME) in self._entries

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self._entries)

    def unmatched(self) -> list[str]:
        """Names of pictures that no product has asked for so far."""
        return [path for path in self._entries if SCHEME + path not in self._wanted]

    def missing(self, reads: Iterable[ReadProduct]) -> list[RowProblem]:
        """Files that rows name and the archive does not have."""
        return [
            RowProblem(wish.line, wish.column, _NO_FILE, {}, "picture")
            for read in reads
            for wish in read.pictures
            if wish.url.startswith(SCHEME) and not self.is_there(wish.url)
        ]

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()


def _readable(entry: ZipInfo) -> str:
    """The entry's name; archives made on Chinese Windows say it in GBK without telling."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename
