"""How staff look at their own shop: the console signs a way in, the shop's host keeps it in a cookie of its own."""

from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer

EXTENSION = "pinpu.staff_visits"
# Long enough for a click, too short to be passed on.
WAY_IN_SECONDS = 60
VISIT_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True)
class StaffVisit:
    """Who looks.

    Args:
        shop_id: the shop that they look at; on another shop's host it means nothing.
        staff_id: the staff member; whether they still work there is asked each time.
        console: the console's pages of this shop, with its host: "https://console.example/console/qingshan".
    """

    shop_id: int
    staff_id: UUID
    console: str


class StaffVisits:
    """Makes and reads both tokens; the one in an address cannot be used as a cookie, nor the other way round."""

    def __init__(self, secret: bytes) -> None:
        self._way_in = URLSafeTimedSerializer(secret, salt="way in")
        self._visit = URLSafeTimedSerializer(secret, salt="visit")

    def path_of(self, visit: StaffVisit) -> str:
        """The path on the shop's host that lets this person in; good for WAY_IN_SECONDS."""
        return f"/staff-view/{self._way_in.dumps(_plain(visit))}"

    def entered(self, token: str) -> StaffVisit | None:
        """Whom a token in an address lets in; None for one that is not ours or too old."""
        return _read(self._way_in, token, WAY_IN_SECONDS)

    def cookie(self, visit: StaffVisit) -> str:
        """What the browser keeps on the shop's host."""
        return str(self._visit.dumps(_plain(visit)))

    def kept(self, cookie: str) -> StaffVisit | None:
        """Who looks, by the cookie; None for one that is not ours or too old."""
        return _read(self._visit, cookie, VISIT_SECONDS)


def _plain(visit: StaffVisit) -> list[object]:
    return [visit.shop_id, str(visit.staff_id), visit.console]


def _read(signer: URLSafeTimedSerializer, token: str, seconds: int) -> StaffVisit | None:
    try:
        shop_id, staff_id, console = signer.loads(token, max_age=seconds)
        return StaffVisit(int(shop_id), UUID(staff_id), str(console))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None
