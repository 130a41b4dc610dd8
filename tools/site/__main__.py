"""Build the site of the documents: ``python -m tools.site build`` or ``serve``.

``.site`` gets the sources, ``site`` the built pages. The generator, Zensical, has an environment of its own.
"""

import argparse
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.documents import ROOT
from tools.site.check import find_faults
from tools.site.sources import write_sources

_SOURCES, _SITE = ROOT / ".site", ROOT / "site"
_GENERATOR = ROOT / ".venvs/docs/bin/zensical"
_PORT = 8000


def build(folder: Path) -> Path:
    """Build the site, and fail if a link is broken or a resource is loaded from another server.

    Parameters
    ----------
    folder
        The folder for the sources; it is replaced.

    Returns
    -------
    The folder with the pages, in the one of the sources, as the generator requires.
    """
    shutil.rmtree(folder, ignore_errors=True)
    write_sources(folder)
    command = [str(_GENERATOR), "build", "--strict", "--config-file", str(folder / "mkdocs.yml")]
    built = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a fixed command
    if built.returncode:
        # The warnings are in the output; in the other stream is a traceback of the generator.
        sys.exit(f"{built.stdout}{built.stderr.rstrip().rpartition('\n')[2]}")
    if faults := find_faults(folder / "site"):
        sys.exit("\n".join(faults))
    return folder / "site"


def serve(site: Path) -> None:
    """Serve the built site on loopback until Ctrl-C."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", _PORT), handler) as server:
        print(f"The documents are at http://localhost:{_PORT}. Ctrl-C stops the server.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main() -> None:
    """Run the command of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description="Build the site of the documents.")
    parser.add_argument("command", choices=["build", "serve"])
    if parser.parse_args().command == "serve":
        serve(_SITE)
        return
    built = build(_SOURCES)
    shutil.rmtree(_SITE, ignore_errors=True)
    built.rename(_SITE)
    print(f"- {sum(1 for _ in _SITE.rglob('*.html'))} pages in {_SITE.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
