"""Shop design: the sections of pages, the frame around them, the look, and the merchant's own pages."""
