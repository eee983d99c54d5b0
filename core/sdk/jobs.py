"""Work for later: a named function that runs in its shop after the transaction that deferred it."""

from core.kernel.jobs import JobType as JobType
from core.kernel.jobs import defer as defer
from core.kernel.jobs import job as job
from core.kernel.jobs import job_types as job_types
