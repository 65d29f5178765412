"""Locks, so that only one run at a time works on a ledger or in a folder."""

from __future__ import annotations

import contextlib
import errno
import inspect
import json
import os
import platform
import sys
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

from figshare_workbook.base.disk import disk_errors, short_path
from figshare_workbook.base.errors import FileProblem, require

SECOND_RUN_CHOICES = ("stop", "wait", "unlocked")
_CANNOT_LOCK = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}
_HELD_LOCKS: ContextVar[frozenset] = ContextVar("what this run holds", default=frozenset())


def check_second_run(second_run: str) -> str:
    """Returns `second_run` if it is one of the choices that `only_run` knows. Raises `ParameterError` otherwise."""
    require(
        second_run in SECOND_RUN_CHOICES,
        f"second_run must be one of {', '.join(SECOND_RUN_CHOICES)}, not {second_run!r}.",
    )
    return second_run


@contextlib.contextmanager
def only_run(path: Path, second_run: str, *, is_folder: bool = False) -> Iterator[None]:
    """Keeps any other run from this ledger, or this folder, while the block runs.

    Args:
        path: The ledger or the folder; it need not exist. A nested call in the same run does not wait.
        second_run: "stop": raise an error where another run holds the lock; "wait": wait until that run is over;
            "unlocked": as "stop", but go on without a lock where the disk cannot lock files.
        is_folder: Whether `path` is a folder. Then the lock file lies in it, under a name that readers of data
            sets ignore; otherwise it lies beside the ledger.

    Raises:
        FileProblem: Another run holds the lock (the sentence says which, and since when), or the disk cannot lock.

    The operating system releases the lock when the process ends, even by a crash; the lock file stays.
    """
    real_path = Path(os.path.realpath(path))
    lock_file = real_path / ".lock" if is_folder else real_path.with_name(f".{real_path.name}.lock")
    if (lock_file, os.getpid()) in _HELD_LOCKS.get():
        yield
        return
    with disk_errors(path):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
    is_strict = second_run != "unlocked"
    if is_strict and _is_shared_mount(lock_file.parent):
        raise _cannot_lock_error(path)
    lock = _acquire(lock_file, path, is_waiting=second_run == "wait")
    if lock is None and is_strict:
        raise _cannot_lock_error(path)
    with _hold_lock(lock_file, lock):
        yield


@contextlib.contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Lets only one run of this machine write this file at a time: a second run waits. Leaves no lock file behind.

    Where the disk cannot lock files, it goes on without a lock: the caller checks the finished file.
    """
    lock_file = path.with_name(f".{path.name}.lock")
    lock = _acquire(lock_file, path, is_waiting=True)
    while lock and not _has_its_name(lock, lock_file):
        lock.release()
        lock = _acquire(lock_file, path, is_waiting=True)
    try:
        with _hold_lock(lock_file, lock):
            try:
                yield
            finally:
                _delete(lock_file)  # before the release: afterwards it may be the next run's
    finally:
        if os.name == "nt":  # Windows deletes no file that somebody has opened: neither ours above, nor the next run's
            _delete(lock_file)


def _delete(lock_file: Path) -> None:
    with contextlib.suppress(OSError):
        lock_file.unlink(missing_ok=True)


def _has_its_name(lock: Any, lock_file: Path) -> bool:
    """Tells whether the locked file still has its name: the run before deletes it, and a third run makes a new one."""
    descriptor = lock._context.lock_file_fd  # noqa: SLF001  (filelock does not give the file otherwise)
    try:
        return os.path.samestat(os.fstat(descriptor), lock_file.stat())
    except OSError:
        return False


@contextlib.contextmanager
def _hold_lock(lock_file: Path, lock: Any) -> Iterator[None]:
    """Keeps the lock while the block runs, with a file beside it that says who holds it; then releases the lock.

    `lock` is None where the disk cannot lock; then no file is written.
    """
    token = _HELD_LOCKS.set(_HELD_LOCKS.get() | {(lock_file, os.getpid())})
    owner = _owner_file(lock_file)
    try:
        if lock:
            with disk_errors(owner):
                owner.write_text(json.dumps(_this_run()), encoding="utf-8")
        yield
    finally:
        _HELD_LOCKS.reset(token)
        if lock:
            with contextlib.suppress(OSError):
                owner.unlink(missing_ok=True)
            lock.release()


def _acquire(lock_file: Path, path: Path, *, is_waiting: bool) -> Any:
    """Returns the lock; None where the disk cannot lock. Raises `FileProblem` where another run holds it."""
    from filelock import FileLock, SoftFileLock, Timeout

    # newer versions fall back on a soft lock, which would outlive a killed run
    knows_option = "fallback_to_soft" in inspect.signature(FileLock.__init__).parameters
    options: dict[str, Any] = {"fallback_to_soft": False} if knows_option else {}
    lock: Any = FileLock(str(lock_file), **options)
    with disk_errors(path):
        try:
            try:
                lock.acquire(timeout=0.3)  # so that a run that has just begun can write who it is
            except Timeout:
                if not (_owner_file(lock_file).exists() or _can_lock(lock_file)):
                    return None
                if not is_waiting:
                    raise _in_use_error(path, lock_file) from None
                print(f"Waiting for the other run on {short_path(path)}: {_owner_text(lock_file)}")
                lock.acquire()
        except NotImplementedError:
            return None
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                raise
            return None
    if isinstance(lock, SoftFileLock):
        lock.release()
        return None
    return lock


def _can_lock(lock_file: Path) -> bool:
    """Tells whether this disk can lock files; tries it with a new file that no other run uses.

    On a disk that cannot, older versions of filelock report a lock that somebody else holds.
    """
    from filelock import FileLock, Timeout

    probe = lock_file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        FileLock(str(probe)).acquire(timeout=0).lock.release()
    except Timeout:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def _is_shared_mount(folder: Path) -> bool:
    """Tells whether a folder is on a mount such as Google Drive's, whose locks other machines do not see.

    It can be found out on Linux only; elsewhere the result is False.
    """
    if sys.platform != "linux":
        return False
    import psutil

    file_systems = {mount.mountpoint: mount.fstype for mount in psutil.disk_partitions(all=True)}
    file_system = next(
        (file_systems[str(parent)] for parent in (folder, *folder.parents) if str(parent) in file_systems), ""
    )
    return file_system.startswith("fuse") and file_system != "fuseblk"  # fuseblk is a local disk in a format of Windows


def _owner_file(lock_file: Path) -> Path:
    """Returns the path of the file that says who holds the lock.

    It is not the lock file itself, because Windows lets nobody read a locked file.
    """
    return lock_file.with_suffix(".run")


def _this_run() -> dict:
    return {
        "process": os.getpid(),
        "machine": platform.node(),
        "since": datetime.now().astimezone().isoformat(" ", "seconds"),
    }


def _owner_text(lock_file: Path) -> str:
    """Returns a sentence that says who holds the lock."""
    try:
        run = json.loads(_owner_file(lock_file).read_text(encoding="utf-8"))
        return f"process {run['process']} on {run['machine']!r} has been at work since {run['since']}."
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not said which process it is."


def _in_use_error(path: Path, lock_file: Path) -> FileProblem:
    return FileProblem(
        f"Another run is at work on {short_path(path)}.",
        _owner_text(lock_file),
        'wait until the other run is over, or end it; a client from connect(second_run="wait") waits by itself.',
    )


def _cannot_lock_error(path: Path) -> FileProblem:
    return FileProblem(
        f"{short_path(path)} is on a disk that cannot lock files.",
        "a mounted drive, such as Google Drive on Colab, does not keep two runs apart: they would "
        "do the same work twice.",
        "take a folder on the machine's own disk; or make sure that no other run is at work on it, "
        'and go on with a client from connect(second_run="unlocked").',
    )
