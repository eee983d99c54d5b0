"""Jobs of the tenants part."""
