"""What a basket costs and why: one pure, replayable pipeline."""
