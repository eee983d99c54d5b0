"""Jobs of the tenants part; each may be run again at any time."""

import structlog

from core.hooks.errors import HookFailure
from core.kernel.i18n import N_
from core.kernel.jobs import job
from tenants import jobs_named
from tenants.actions.plugins import ask_again_later, finish_draining

log = structlog.get_logger(__name__)


@job(jobs_named.FINISH_DRAINING, queue="bulk", says=N_("finishing a plugin that was switched off"))
def finish(plugin: str) -> None:
    """Switch a draining plugin off when nothing is open any more, or look again later."""
    try:
        finish_draining(plugin=plugin)
    except HookFailure as failure:
        # A plugin that cannot even count must not fall out of the queue: it stays draining and is asked again.
        log.warning("draining plugin failed", plugin=plugin, error=str(failure))
        ask_again_later(plugin=plugin)
