"""Two example shops: their content as data, and the code that brings it to life through the real actions."""
