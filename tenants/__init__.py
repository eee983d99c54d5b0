"""Who owns shops: merchants, staff, switches, and the answers core asks for."""
