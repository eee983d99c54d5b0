"""What a plugin adds to web, console and command line: pages, panels, menu entries, permissions."""

from core.rendering.extensions import CustomerPanel as CustomerPanel
from core.rendering.extensions import GrowthPlay as GrowthPlay
from core.rendering.extensions import HomePanel as HomePanel
from core.rendering.extensions import HomeTask as HomeTask
from core.rendering.extensions import MenuEntry as MenuEntry
from core.rendering.extensions import OrderPanel as OrderPanel
from core.rendering.extensions import Pages as Pages
from core.rendering.extensions import Permission as Permission
from core.rendering.extensions import SampleOffer as SampleOffer
