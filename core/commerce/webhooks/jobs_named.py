"""The webhooks room's jobs by name: actions defer them, `core.commerce.webhooks.jobs` declares what they do."""

from core.kernel.jobs import JobType, job_types

SEND = "webhooks.send"


def send() -> JobType:
    """Send one delivery."""
    return job_types()[SEND]
