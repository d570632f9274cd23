"""Files in one folder and nowhere else: names are checked, links are not followed, what is written is whole or not there."""

import contextlib
import errno
import os
import re
import secrets
import stat
from dataclasses import dataclass

NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
LARGEST = 50 * 1024 * 1024
HIDDEN = "."
NO_SECOND_NAME = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""A file system, such as a share of Windows, where a file has one name only."""
NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC


class FolderError(Exception):
    """:param reason: ``allowed``, ``missing``, ``link``, ``name``, ``large``, ``exists``, ``room`` or ``rights``"""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass
class Found:
    name: str
    size: int
    changed_at: float


def allowed_roots(option):
    """The folders of the configuration file, in which folders of platforms may lie."""
    return [os.path.realpath(path) for path in map(str.strip, (option or "").split(",")) if path.startswith("/")]


class SafeFolder:
    """A folder inside one of `roots`. Opened step by step, so that no link leads out, not even one made meanwhile."""

    def __init__(self, path, roots):
        wanted = os.path.normpath(path or "")
        root = next((root for root in roots if wanted == root or wanted.startswith(root.rstrip("/") + "/")), None)
        if root is None or not wanted.startswith("/") or ".." in (path or "").split("/"):
            raise FolderError("allowed", wanted)
        self.path = wanted
        self.handle = self._open(root, wanted[len(root) :].strip("/").split("/") if wanted != root else [])

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        os.close(self.handle)

    @staticmethod
    def _open(root, steps):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        try:
            handle = os.open(root, flags)
        except OSError as error:
            raise FolderError("missing", f"{root}: {error.strerror}") from None
        for step in steps:
            try:
                inner = os.open(step, flags | os.O_NOFOLLOW, dir_fd=handle)
            except NotADirectoryError:
                raise FolderError("link", step) from None
            except PermissionError:
                raise FolderError("rights", step) from None
            except OSError as error:
                reason = "link" if error.errno == errno.ELOOP else "missing"
                raise FolderError(reason, f"{step}: {error.strerror}") from None
            finally:
                os.close(handle)
            handle = inner
        return handle

    @staticmethod
    def check(name):
        """A name that is one and stays in the folder; those that begin with a dot are ours while we write."""
        if not NAME.fullmatch(name) or name.startswith(HIDDEN) or name.strip() != name or len(name.encode()) > 240:
            raise FolderError("name", name[:200])
        return name

    # === WRITE ===

    def put(self, name, data, replace=True, before_name=lambda: None):
        """Whole or not at all: written beside, brought to disk, then named. Without `replace` an older one stays."""
        self.check(name)
        temporary = f".{secrets.token_hex(8)}.tmp"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o640, dir_fd=self.handle)
        except PermissionError:
            raise FolderError("rights", self.path) from None
        except OSError as error:
            raise FolderError("room", error.strerror) from None
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            before_name()
            if replace:
                os.rename(temporary, name, src_dir_fd=self.handle, dst_dir_fd=self.handle)
            else:
                self._move_new(temporary, name, self.handle)
        except FileExistsError:
            raise FolderError("exists", name) from None
        except IsADirectoryError:
            raise FolderError("name", name) from None
        except OSError as error:
            raise FolderError("room", error.strerror) from None
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=self.handle)
        os.fsync(self.handle)

    def _move_new(self, name, target, folder):
        """Rename, but never over a file that is there; raises FileExistsError."""
        try:
            os.link(name, target, src_dir_fd=self.handle, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in NO_SECOND_NAME:
                raise
            with contextlib.suppress(FileNotFoundError):
                os.stat(target, dir_fd=folder, follow_symlinks=False)
                raise FileExistsError(target) from None
            os.rename(name, target, src_dir_fd=self.handle, dst_dir_fd=folder)
        else:
            os.unlink(name, dir_fd=self.handle)

    # === READ ===

    def list(self, pattern="*", limit=1000):
        """Plain files whose names fit, oldest first."""
        wanted = re.compile(
            "".join(".*" if letter == "*" else "." if letter == "?" else re.escape(letter) for letter in pattern)
        )
        found = []
        with os.scandir(self.handle) as entries:
            for entry in entries:
                if not wanted.fullmatch(entry.name) or entry.name.startswith(HIDDEN):
                    continue
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode):
                    found.append(Found(entry.name, about.st_size, about.st_mtime))
        return sorted(found, key=lambda file: (file.changed_at, file.name))[:limit]

    def get(self, name, largest=LARGEST):
        self.check(name)
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | NO_LINK, dir_fd=self.handle)
        except FileNotFoundError:
            raise FolderError("missing", name) from None
        except PermissionError:
            raise FolderError("rights", name) from None
        except OSError as error:
            raise FolderError("link", f"{name}: {error.strerror}") from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FolderError("link", name)
            data = file.read(largest + 1)
        if len(data) > largest:
            raise FolderError("large", name)
        return data

    def put_away(self, name, folder):
        """Into a folder inside this one, which is made when it is missing; an older one of that name stays beside it."""
        self.check(name)
        self.check(folder)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o750, dir_fd=self.handle)
        except OSError as error:
            raise FolderError("rights", error.strerror) from None
        try:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | NO_LINK, dir_fd=self.handle)
        except OSError:
            raise FolderError("link", folder) from None
        try:
            target = name
            while True:
                try:
                    self._move_new(name, target, inner)
                    break
                except FileExistsError:
                    target = f"{name}.{secrets.token_hex(4)}"
        except OSError as error:
            raise FolderError("rights", error.strerror) from None
        finally:
            os.close(inner)

    def remove(self, name):
        self.check(name)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)
