"""What the payments room asks of a payment provider, and the providers that come with it."""
