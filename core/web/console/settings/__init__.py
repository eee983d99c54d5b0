"""Pages about the shop itself: what it says, how goods are sent, where they are fetched."""
