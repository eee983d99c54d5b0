"""Console pages of the tenants part: log-in, the choice of a shop, plugins and their settings, audit."""
