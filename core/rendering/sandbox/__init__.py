"""The hardened template engine for themes and plugin templates: no Python, bounded work, bounded output."""

from core.rendering.sandbox.budget import Limits, TemplateRefused
from core.rendering.sandbox.environment import SafeEnvironment, rendered

__all__ = ["Limits", "SafeEnvironment", "TemplateRefused", "rendered"]
