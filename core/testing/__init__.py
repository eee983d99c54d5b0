"""What tests of core and of plugins use: a real PostgreSQL, two shops, a movable clock, fakes."""
