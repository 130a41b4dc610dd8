"""What all tests have in common."""

from hypothesis import settings

# No deadline: a machine that is busy with other things makes no property wrong.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")
