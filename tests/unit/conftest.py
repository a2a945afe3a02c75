"""The pure tier: properties are tried on few examples by default, on many with TRIBUNE_DEEP=1."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=12, deadline=None)
settings.register_profile("deep", max_examples=500, deadline=None)
settings.load_profile("deep" if os.environ.get("TRIBUNE_DEEP") == "1" else "quick")
