"""The after-sale room's jobs by name: actions defer them, `core.commerce.aftersale.jobs` declares what they do."""

from core.kernel.jobs import JobType, job_types

END_DEADLINE = "aftersale.end_deadline"
REMIND = "aftersale.remind"


def end_deadline() -> JobType:
    """Do what the shop's default says when a case's deadline has passed."""
    return job_types()[END_DEADLINE]


def remind() -> JobType:
    """Tell the merchant that a deadline is near."""
    return job_types()[REMIND]
