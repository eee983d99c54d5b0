"""The hooks of the audiences room."""

# mypy: disable-error-code="empty-body"

from core.commerce.audiences.declared import AudienceCondition
from core.hooks.markers import hookspec


@hookspec(since="0.2")
def declare_audience_conditions() -> list[AudienceCondition]:
    """Bring conditions for segments.

    When: once per process, at boot.
    Returns: conditions; offered in shops where the plugin is on or draining. Where it is off, a stored condition of it
    fits nobody.
    On failure: the plugin is quarantined.
    """
