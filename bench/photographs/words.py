"""Which messages a page asked for in Chinese that no catalogue knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations

from core.kernel import i18n


class Untranslated(NullTranslations):
    """Stands behind the Chinese catalogues and remembers what nobody before it knew."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def gettext(self, message: str) -> str:
        """The message as it is; remembered if it has a word in it."""
        if any(sign.isascii() and sign.isalpha() for sign in message):
            self._seen.add(message)
        return message

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """As gettext."""
        self.gettext(singular)
        return singular if n == 1 else plural

    def forget(self) -> None:
        """Begin a new page."""
        self._seen.clear()

    def seen(self) -> list[str]:
        """What was missing since."""
        return sorted(self._seen)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stand behind the catalogues inside the block."""
        with i18n.speaking("zh-CN"):
            last: NullTranslations = i18n._catalogue("zh-CN")  # noqa: SLF001 - the only way to hear what is missing
        last.add_fallback(self)
        try:
            yield
        finally:
            i18n._catalogues.clear()  # noqa: SLF001 - read anew without this listener
