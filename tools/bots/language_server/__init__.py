"""The language server: faults, help and completion for scripts in editors. See docs/editors.md.

It is the only part that needs pygls, in the group ``language-server`` of the dependencies.
"""
