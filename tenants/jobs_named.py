"""The tenants part's jobs by name: actions defer them, `tenants.jobs` declares what they do."""

from core.kernel.jobs import JobType, job_types

FINISH_DRAINING = "tenants.finish_draining"


def finish_draining() -> JobType:
    """Look whether a draining plugin has finished."""
    return job_types()[FINISH_DRAINING]
