"""Signed links to pages as their drafts stand: made by the console, opened on the shop's own host."""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

EXTENSION = "pinpu.previews"
# A link in an editor that stays open is made anew with each page of the console.
LIFE_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class PreviewLink:
    """What a link shows.

    Args:
        shop_id: the shop whose draft it is; on another shop's host the link leads nowhere.
        ref: "home", "frame", or the id of a written page.
        frame_by: origin of the console that may put the page into a frame.
    """

    shop_id: int
    ref: str
    frame_by: str


class Previews:
    """Makes and reads preview links; `secret` is the installation's own."""

    def __init__(self, secret: bytes) -> None:
        self._signer = URLSafeTimedSerializer(secret)

    def path_of(self, link: PreviewLink) -> str:
        """The path on the shop's host that shows the draft for LIFE_SECONDS."""
        return f"/preview/{self._signer.dumps([link.shop_id, link.ref, link.frame_by])}"

    def read(self, token: str) -> PreviewLink | None:
        """What a token names; None for one that is not ours or too old."""
        try:
            shop_id, ref, frame_by = self._signer.loads(token, max_age=LIFE_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return PreviewLink(int(shop_id), str(ref), str(frame_by))
