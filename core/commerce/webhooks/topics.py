"""What an endpoint can hear of: every kind of event that core and plugins declare, with a name for merchants."""

from core.kernel.events import event_types
from core.kernel.i18n import N_

# What "Send a test" sends; no event, and not among those to choose.
TEST = "webhooks.test"
_TEST_LABEL = N_("Test")


def topics() -> dict[str, str]:
    """Name → label (a message id) of everything that an endpoint can ask for, by name."""
    return {name: kind.label or name for name, kind in sorted(event_types().items())}


def topic_label(topic: str) -> str:
    """The label of a topic (a message id); its name when whoever declared it is gone."""
    return _TEST_LABEL if topic == TEST else topics().get(topic, topic)
