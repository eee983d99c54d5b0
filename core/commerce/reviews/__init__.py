"""Reviews: what buyers say about goods that they were sent, and how a shop deals with it."""
