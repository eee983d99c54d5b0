"""What a plugin adds to web, console and command line: pages, menu entries, permissions, demo data."""

from core.rendering.extensions import DemoSeed as DemoSeed
from core.rendering.extensions import MenuEntry as MenuEntry
from core.rendering.extensions import Opening as Opening
from core.rendering.extensions import OrderPanel as OrderPanel
from core.rendering.extensions import Pages as Pages
from core.rendering.extensions import Permission as Permission
