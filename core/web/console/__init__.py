"""Web pages and endpoints of the audience: console."""
