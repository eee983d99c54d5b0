"""Pictures of a shop, kept by content hash."""
