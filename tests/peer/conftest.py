"""How the property tests run: a few examples, the same each time.

HYPOTHESIS_PROFILE=long looks for others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# no deadline and no check of speed: the machine may be busy with something else
settings.register_profile(
    "short", derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("short"), derandomize=False, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
