"""Settings of all tests: random examples are not stopped by a slow or busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("pinpu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pinpu")
