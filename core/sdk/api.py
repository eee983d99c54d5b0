"""What a plugin brings to the public API: rooms of addresses, each bound to a query or to an action."""

from core.rendering.api import ApiPage as ApiPage
from core.rendering.api import ApiRoom as ApiRoom
from core.rendering.api import Get as Get
from core.rendering.api import PageAsked as PageAsked
from core.rendering.api import PartOfApi as PartOfApi
from core.rendering.api import Send as Send
from core.rendering.api_pages import newest as newest
from core.rendering.api_pages import page_of as page_of
