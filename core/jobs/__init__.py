"""The worker, the relay of events to hooks, and periodic sweeps."""
