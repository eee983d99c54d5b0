"""Keys as people paste them: with or without the lines around them, in one line or many."""

import re

_AROUND = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")


def in_pem(pasted: str, kind: str) -> str:
    """`pasted` as PEM of `kind` ("PRIVATE KEY", "PUBLIC KEY"), in lines of 64 characters; "" stays ""."""
    body = re.sub(r"\s+", "", _AROUND.sub("", pasted))
    if not body:
        return ""
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"
