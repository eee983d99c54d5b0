"""Web pages and endpoints of the audience: storefront."""
