"""A case with a picture, for tests of pages."""

import io

from PIL import Image
from sqlalchemy import select

from core.commerce.aftersale.actions import open_case
from core.commerce.aftersale.models import Case, CasePicture
from core.commerce.aftersale.pictures import keep_pictures
from core.commerce.orders.queries import order
from core.kernel.db import reading, session
from core.kernel.ids import new_id


def opened_case(order_id, *, kind="refund", units=1, reason="Damaged or faulty", words="", pictures=1):
    """Open a case about the first line of a paid order; returns its row."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30)).save(target, "PNG")
    with reading():
        key = order(order_id).lines[0].key
    code = open_case(
        order_id=order_id,
        case_id=new_id(),
        kind=kind,
        units={key: units},
        reason=reason,
        words=words,
        pictures=keep_pictures([target.getvalue()] * pictures),
    )
    with reading():
        return session().scalars(select(Case).where(Case.code == code)).one()


def picture_code(case_id):
    """The code of a case's first picture."""
    with reading():
        return session().scalars(select(CasePicture.code).where(CasePicture.case_id == case_id)).first()
