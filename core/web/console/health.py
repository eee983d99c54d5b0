"""Whether this process lives, and whether it can work: for balancers and for `pinpu doctor`."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.kernel.db import app_engine

blueprint = Blueprint("console_health", __name__)


@blueprint.get("/livez")
def livez() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The process answers and reaches its database; 503 otherwise."""
    try:
        with app_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        answer = jsonify(status="unavailable", database="unreachable")
        answer.status_code = 503
        return answer
    return jsonify(status="ok", database="ok")
