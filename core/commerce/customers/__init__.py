"""The tenant's customers: who they are, how they log in, where they live."""
