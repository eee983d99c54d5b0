"""Marketing plugins, each complete in its folder."""
