"""A discrete-event simulation of the deployed system: what saturates first, and what waits, beyond one machine.

It replays the requests of ``bench/steps.json`` against AWS's quotas (``quotas.toml``), with clients that retry as those
of ``web/client`` do.
"""
