"""Signing with SSH keys, and verifying that, as git does it: by `ssh-keygen`, and with its files of allowed signers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bake.app.versions.git import git_setting, repository
from bake.errors import UsageError

_WAIT = 30
_LITERAL = "key::"


def signed(text: bytes, namespace: str, key: Path | None, folder: Path) -> str:
    """Sign a text; a passphrase is asked for on the terminal.

    Args:
        text: what is signed.
        namespace: what for.
        key: the file of the private key, or of the public one if an agent has the private one; by default the one by
            which git signs (`user.signingKey`).
        folder: whose settings of git count.

    Returns:
        The signature, as `ssh-keygen` writes it.

    Raises:
        UsageError: there is no key, or it cannot be used; or there is no `ssh-keygen`.
    """
    with TemporaryDirectory(prefix="bake-") as place:
        message = Path(place) / "message"
        message.write_bytes(text)
        _run("-Y", "sign", "-q", "-n", namespace, "-f", str(_key(key, folder, Path(place))), str(message), asks=True)
        return Path(f"{message}.sig").read_text(encoding="ascii")


def _key(key: Path | None, folder: Path, place: Path) -> Path:
    if key is None:
        configured = git_setting(folder, "user.signingkey")
        if not configured or git_setting(folder, "gpg.format") != "ssh":
            raise UsageError(
                "which key signs is not known",
                hint="give --key FILE, or have git sign with one:\n"
                "git config gpg.format ssh\ngit config user.signingkey ~/.ssh/id_ed25519.pub",
            )
        if configured.startswith((_LITERAL, "ssh-")):
            key = place / "key.pub"
            key.write_text(configured.removeprefix(_LITERAL) + "\n", encoding="utf-8")
        else:
            key = Path(configured).expanduser()
    if not key.is_file():
        raise UsageError(f"there is no key {key}", hint="ssh-keygen -t ed25519 makes one")
    return key


def allowed_signers(given: Path | None, folder: Path) -> Path:
    """The file that says whose keys count: the one that is given, or git's `gpg.ssh.allowedSignersFile`.

    Raises:
        UsageError: there is none.
    """
    configured = git_setting(folder, "gpg.ssh.allowedsignersfile")
    path = given or (Path(configured).expanduser() if configured else None)
    if path is None:
        raise UsageError(
            "whose signatures count is not known",
            hint="give --allowed-signers FILE, or: git config gpg.ssh.allowedSignersFile FILE",
        )
    path = path if given or path.is_absolute() else repository(folder) / path
    if not path.is_file():
        raise UsageError(f"there is no file of allowed signers {path}", hint="a line is: ada@example.com ssh-ed25519 …")
    return path


def signer(text: bytes, signature: str, namespace: str, allowed: Path) -> str | None:
    """Who has signed a text; None if nobody has whose key counts.

    Args:
        text: what was signed.
        signature: as `signed` gives it.
        namespace: what for.
        allowed: the file of allowed signers.

    Raises:
        UsageError: there is no `ssh-keygen`.
    """
    with TemporaryDirectory(prefix="bake-") as place:
        file = Path(place) / "signature"
        file.write_text(signature, encoding="utf-8", errors="backslashreplace")
        found = _tried(["-Y", "find-principals", "-s", str(file), "-f", str(allowed)])
        for name in found.stdout.decode(errors="replace").splitlines() if found.returncode == 0 else ():
            verify = ["-Y", "verify", "-f", str(allowed), "-I", name, "-n", namespace, "-s", str(file)]
            if _tried(verify, text).returncode == 0:
                return name
    return None


def _run(*arguments: str, asks: bool) -> None:
    done = _tried(arguments, None, asks=asks)
    if done.returncode:
        said = (done.stderr or b"").decode(errors="replace").strip()
        raise UsageError(f"ssh-keygen cannot sign: {said or 'it ended without a signature'}")


def _tried(
    arguments: Sequence[str], given: bytes | None = b"", *, asks: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen`; one that asks has the terminal for it, and any time."""
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments], input=given, capture_output=True, check=False, timeout=None if asks else _WAIT
        )
    except FileNotFoundError:
        raise UsageError(
            "ssh-keygen is not installed, or not on the PATH", hint="install OpenSSH 8.2 or later"
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"ssh-keygen cannot be run: {error}") from None
