"""The composition root: joins ports to adapters, once per process, one module per kind of entry point.

A function imports the module that it needs, so it loads what it uses and nothing else: import time is billed at every
cold start. The factories read the environment at their first call.
"""
