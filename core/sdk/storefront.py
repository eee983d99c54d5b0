"""A plugin's own pages in the storefront: show one, keep what this browser started, send it on, ask for a log-in."""

from core.commerce.customers.errors import LoginNeeded as LoginNeeded
from core.rendering.contexts import ImageView as ImageView
from core.rendering.contexts import LinkPreview as LinkPreview
from core.rendering.contexts import LinkView as LinkView
from core.rendering.contexts import PluginPage as PluginPage
from core.rendering.visits import browser_token as browser_token
from core.rendering.visits import show_page as show_page
from core.rendering.visits import tell as tell
from core.rendering.visits import to_checkout as to_checkout
from core.rendering.visits import to_path as to_path
