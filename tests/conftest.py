"""How the property tests run: the same examples each time, and no clock over them.

`pytest --hypothesis-profile=default` draws new examples.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
