"""Double-entry money: accounts and transfers, append-only."""
