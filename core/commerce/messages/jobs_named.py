"""The messages room's jobs by name: actions defer them, `core.commerce.messages.jobs` declares what they do."""

from core.kernel.jobs import JobType, job_types

WRITE, SEND = "messages.write", "messages.send"


def write() -> JobType:
    """Choose channels and words for one occasion."""
    return job_types()[WRITE]


def send() -> JobType:
    """Hand one message to its provider."""
    return job_types()[SEND]
