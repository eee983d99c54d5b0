"""The blueprint of shop design; its routes stand in the modules beside this one."""

from flask import Blueprint

from core.kernel.tenancy import require

blueprint = Blueprint("console_design", __name__)
PERMISSION = "content.edit"


@blueprint.before_request
def editors_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)
