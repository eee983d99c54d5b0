"""Flask: one application per audience, dispatched by host."""
