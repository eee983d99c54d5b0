"""Storefront pages: blocks for a theme's slots, section types, pages of your own, and how to answer a request."""

from core.rendering.blocks import BlockType as BlockType
from core.rendering.blocks import SectionInput as SectionInput
from core.rendering.contexts import FactView as FactView
from core.rendering.contexts import ImageView as ImageView
from core.rendering.contexts import LinkPreview as LinkPreview
from core.rendering.contexts import LinkView as LinkView
from core.rendering.contexts import Pager as Pager
from core.rendering.contexts import PluginPage as PluginPage
from core.rendering.contexts import PriceStep as PriceStep
from core.rendering.contexts import PriceSum as PriceSum
from core.rendering.links import login_url as login_url
from core.rendering.links import order_url as order_url
from core.rendering.links import plugin_url as plugin_url
from core.rendering.links import product_url as product_url
from core.rendering.shares import ShareFacts as ShareFacts
from core.rendering.slots import SlotBlock as SlotBlock
from core.rendering.slots import SlotRequest as SlotRequest
from core.rendering.visits import browser_token as browser_token
from core.rendering.visits import device_token as device_token
from core.rendering.visits import network_address as network_address
from core.rendering.visits import show_page as show_page
from core.rendering.visits import tell as tell
from core.rendering.visits import to_checkout as to_checkout
from core.rendering.visits import to_path as to_path
