"""After-sale in the console: cases to answer, one case whole, and the shop's promises."""
