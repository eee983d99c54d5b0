"""Who caused an amount, in the person's language: a plugin's title and its own colour."""

import zlib

from core.hooks.current import installed
from core.kernel.i18n import N_, current_language, gettext
from core.rendering.console.parts import CORE_COLOUR, Source

# Quiet colours that can be told apart side by side, in light and in dark.
_COLOURS = ("#c0662d", "#8a5fb0", "#b8405e", "#3f8a5f", "#a97a12", "#3d74b8", "#8d5a3b", "#5f7f2e")
_OWN = frozenset({"", "core"})


def plugin_title(plugin: str) -> str:
    """The plugin's name as its manifest says it; the bare name when it is not installed any more."""
    found = installed().registry.plugins.get(plugin)
    if found is None or found.manifest is None:
        return plugin
    return found.manifest.title.in_language(current_language())


def source_of(plugin: str) -> Source:
    """The tag of a plugin, or of the shop itself."""
    if plugin in _OWN:
        return Source(gettext(N_("Shop")), CORE_COLOUR)
    return Source(plugin_title(plugin), _COLOURS[zlib.crc32(plugin.encode()) % len(_COLOURS)])
