"""Targets as the content files write them ("collection:oolong"), turned into links of page data."""

_KINDS = {
    "collection": "collection",
    "product": "product",
    "policy": "page",
    "page": "page",
    "plugin": "plugin",
}


def link_to(target: str) -> dict[str, str]:
    """The link for a target; raises KeyError for a kind that pages do not have."""
    kind, _, ref = target.partition(":")
    return {"kind": _KINDS[kind], "ref": ref}
