"""How goods reach the buyer: delivery methods and pick-up points."""
