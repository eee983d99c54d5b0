"""From a basket to an order in one transaction."""
