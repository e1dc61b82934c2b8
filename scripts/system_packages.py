"""Find which system packages Qt, OpenGL and the virtual display still lack, and get them by apt.

Run it with any Python that has the standard library. Exit status: 0 when nothing is missing;
1 when no napari window can be opened; 2 when not even a virtual environment can be made.
With ``--check`` it only looks.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libXext.so.6": "libxext6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
VIRTUAL_DISPLAY = {"xvfb-run": "xvfb", "xauth": "xauth"}
VENV_PACKAGE = f"python3.{sys.version_info.minor}-venv"


def has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages() -> list[str]:
    importlib.invalidate_caches()
    packages = [package for name, package in LIBRARIES.items() if not can_load(name)]
    if not has_display():
        packages += [package for name, package in VIRTUAL_DISPLAY.items() if not shutil.which(name)]
    if not os.path.exists(".venv/bin/python") and not importlib.util.find_spec("ensurepip"):
        packages.append(VENV_PACKAGE)
    return packages


def install(packages: list[str]) -> None:
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(
            [*apt, *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )


def main() -> int:
    if sys.platform != "linux":
        return 0
    packages = missing_packages()
    check_only = "--check" in sys.argv[1:]
    if packages and not check_only and os.geteuid() == 0 and shutil.which("apt-get"):
        install(packages)
        packages = missing_packages()
    if packages and not check_only:
        print(
            "System packages are missing; on Debian or Ubuntu, as root: "
            f"apt-get install {' '.join(packages)}",
            file=sys.stderr,
        )
    return 2 if VENV_PACKAGE in packages else int(bool(packages))


if __name__ == "__main__":
    sys.exit(main())
