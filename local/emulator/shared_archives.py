"""Unpacks each code archive once, instead of once per worker.

MiniStack unpacks the code and the layers of a function, 60 MB, for each of its workers. That is a gigabyte for all
functions, and a second of every cold start.
"""

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

_FOLDER = "archives"


class SharedZipFile(zipfile.ZipFile):
    """A ``ZipFile`` of a code archive whose ``extractall`` links to a folder that all workers share.

    Workers do not write to their code: on AWS it is read-only.
    """

    def extractall(
        self,
        path: str | os.PathLike[str] | None = None,
        members: Iterable[str | zipfile.ZipInfo] | None = None,
        pwd: bytes | None = None,
    ) -> None:
        """Replace the empty folder ``path`` by a link to the unpacked archive, and delete the archive."""
        archive = Path(str(self.filename))
        if path is None or members is not None or pwd is not None:
            super().extractall(path, members, pwd)
            return
        folder = Path(tempfile.gettempdir(), _FOLDER, hashlib.sha256(archive.read_bytes()).hexdigest())
        if not folder.exists():
            self._unpack(folder)
        Path(path).rmdir()
        Path(path).symlink_to(folder)
        archive.unlink()

    def _unpack(self, folder: Path) -> None:
        """Unpack into a new folder and then rename it, so that no worker sees a part of it."""
        folder.parent.mkdir(exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=folder.parent))
        super().extractall(unpacked)
        try:
            unpacked.rename(folder)
        except OSError:
            # Another worker was faster.
            shutil.rmtree(unpacked)
