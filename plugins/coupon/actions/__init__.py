"""Changes of coupons: campaigns by merchants, claims by buyers, locks by orders."""
