"""What merchants and the platform do: log in, open shops, switch plugins."""
