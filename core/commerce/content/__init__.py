"""Pages as data: the home page, policies, and their revisions."""
