"""The server of the AWS emulator: MiniStack, closed to web pages. It runs in MiniStack's own virtual environment.

The modules beside ``__main__`` need only the standard library, so that the front door and the tests can import them.
"""
