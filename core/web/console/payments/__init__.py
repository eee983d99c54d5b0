"""The console's pages about being paid: accounts with gateways, and whether provider and shop agree on the money."""
