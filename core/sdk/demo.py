"""Example data of a plugin: a seed, what to open afterwards, and the past played in order with real payments."""

from core.commerce.payments.rehearsal import Rehearsal as Rehearsal
from core.rendering.extensions import DemoSeed as DemoSeed
from core.rendering.extensions import Opening as Opening
