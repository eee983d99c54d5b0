"""How the test gateway says no: an HTTP status, a code for programs and a sentence for people."""


class Refusal(Exception):
    """Becomes the JSON answer `{"code": …, "message": …}` with `status`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
