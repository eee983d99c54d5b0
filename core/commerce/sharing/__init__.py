"""Sharing: how often buyers may be asked to share, and the key with which WeChat shows our cards."""
