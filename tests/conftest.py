"""Settings of the test run that pytest can't read from pyproject.toml."""

from hypothesis import settings

# No test passes or fails by time, so hypothesis sets no deadline either; a failure prints how to repeat it.
settings.register_profile("ladmg", deadline=None, print_blob=True)
settings.load_profile("ladmg")
