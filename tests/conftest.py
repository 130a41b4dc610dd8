"""Configuration of all tests."""

from hypothesis import settings

# No deadline: a slow machine does not make a property false. `make test-fast` selects the second profile.
settings.register_profile("project", deadline=None, print_blob=True)
settings.register_profile("fast", settings.get_profile("project"), max_examples=10)
settings.load_profile("project")
