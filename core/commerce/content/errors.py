"""What can go wrong with pages, beyond a field that needs another look."""

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_


class UnknownPage(NotFound):
    """No such page in this shop."""

    code = "content.unknown_page"


class UnknownRevision(NotFound):
    """The page has no such revision."""

    code = "content.unknown_revision"


class DraftMoved(PinpuError):
    """The draft is not what the person saw: somebody else saved meanwhile."""

    code = "content.draft_moved"
    status = 409
    message = N_("%(name)s changed this page meanwhile.")
    fix = N_("Look at what changed, then save again.")


class NothingToPublish(PinpuError):
    """The draft is what is live already."""

    code = "content.nothing_to_publish"
    status = 409
    message = N_("There is nothing new to publish.")


class PageLinked(PinpuError):
    """A page cannot go while others lead to it."""

    code = "content.page_linked"
    status = 409
    message = N_("This page cannot be deleted: %(places)s leads to it.")
    fix = N_("Take the link out first, or switch the page off.")


class TooManyPages(PinpuError):
    """A shop has a limit of pages."""

    code = "content.too_many_pages"
    status = 409
    message = N_("A shop has at most %(most)s pages.")
    fix = N_("Delete one that nobody needs.")
