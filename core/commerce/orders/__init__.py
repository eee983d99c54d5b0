"""Orders: four axes of state, lines, adjustments, holds and the timeline."""
