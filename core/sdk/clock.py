"""The present instant (aware, UTC); tests and stories move it."""

from core.kernel.clock import now as now
