"""Rooms of `/api/v1`: what a storefront does, for programs."""
