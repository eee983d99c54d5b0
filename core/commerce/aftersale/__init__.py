"""After-sale: cancelling, refunds, returns and exchanges that buyers ask for and merchants answer."""
