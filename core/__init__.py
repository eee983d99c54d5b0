"""The shop engine: kernel, hooks, commerce rooms, rendering, web and jobs."""
