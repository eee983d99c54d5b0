"""Where customers and orders came from, in words."""

from collections.abc import Iterable, Mapping

from core.commerce.sources.queries import LinkView, links_by_code
from core.kernel.i18n import N_, gettext
from core.rendering.console.parts import CORE_COLOUR, Source

_COLOURS = {"link": "#3d74b8", "utm": "#a97a12", "site": "#3f8a5f", "import": "#8a5fb0"}


def known_links(sources: Iterable[str]) -> dict[str, LinkView]:
    """The links among these source keys, by code, in one statement."""
    return links_by_code({one.removeprefix("link:") for one in sources if one.startswith("link:")})


def origin(source: str, links: Mapping[str, LinkView]) -> Source:
    """The tag of a source: a link's title, a campaign's or a site's name, or that they came by themselves."""
    kind, _, name = source.partition(":")
    if kind == "link":
        found = links.get(name)
        label = link_title(found) if found else gettext(N_("Link %(code)s"), code=name)
    elif kind == "import":
        label = gettext(N_("Imported"))
    else:
        label = name or gettext(N_("Came directly"))
    return Source(label, _COLOURS.get(kind, CORE_COLOUR))


def link_title(link: LinkView) -> str:
    """How a link is called: its title, or what it leads to."""
    if link.title:
        return link.title
    return gettext(N_("Shared: %(page)s"), page=link.target) if link.kind == "share" else link.target
