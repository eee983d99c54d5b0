"""Changes of group-buy: activities by merchants, seats by buyers, groups by whatever happens to their orders."""
