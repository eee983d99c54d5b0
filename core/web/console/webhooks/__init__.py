"""The console's pages about webhooks: the shop's endpoints, and everything that was sent to them."""
