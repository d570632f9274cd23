"""Odoo 19 itself: the one in ODOO_HOME, or Debian's package unpacked inside the checkout."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import layout, ui

PACKAGE = "odoo-19"
# What the package links to by relative paths. Unstable's Font Awesome is a newer major version; Montserrat is not in
# every stable suite.
FROM_OWN_SUITE = (
    "libjs-jquery", "libjs-underscore", "libjs-jquery-form",
    "fonts-roboto-unhinted", "fonts-font-awesome", "fonts-inconsolata", "fonts-ocr-b",
)  # fmt: skip
FROM_UNSTABLE = (PACKAGE, "fonts-montserrat")
# Left out by Debian as not free; without the file every page logs an error. It blurs the background of a video call.
EMPTY_SCRIPT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"

APT = layout.HOME / "apt"
STAMP = layout.ODOO_UNPACKED / ".complete"
KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
OWN_ODOO = "ODOO_HOME=/path/to/odoo-19 ./hospital serve"


def site():
    """The folder that holds the Python package `odoo`."""
    home = os.environ.get("ODOO_HOME")
    if not home:
        return layout.ODOO_SITE
    for candidate in (Path(home), Path(home) / "usr/lib/python3/dist-packages"):
        if (candidate / "odoo" / "release.py").is_file():
            return candidate.resolve()
    return ui.fail(f"ODOO_HOME={home} holds no Odoo: there is no odoo/release.py in it.", OWN_ODOO)


def addons_paths():
    """Folders of Odoo's own addons that Odoo does not find by itself."""
    if (site() / "odoo" / "addons" / "web").is_dir():
        return []
    beside = site() / "addons"
    return [beside] if (beside / "web" / "__manifest__.py").is_file() else []


def version():
    text = (site() / "odoo" / "release.py").read_text(encoding="utf-8")
    match = re.search(r"^version_info = \((\d+), *(\d+)", text, re.MULTILINE)
    return tuple(map(int, match.groups())) if match else ()


def ensure():
    if not os.environ.get("ODOO_HOME") and not STAMP.exists():
        fetch()
    if version()[:1] != (19,):
        ui.fail(f"{site()} holds Odoo {'.'.join(map(str, version()))}, the suite needs Odoo 19.", OWN_ODOO)


def fetch():
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        ui.fail("This system has no apt, so Odoo cannot be fetched as a Debian package.", OWN_ODOO)
    with ui.step("Fetching Odoo 19"):
        shutil.rmtree(APT, ignore_errors=True)
        packages = APT / "packages"
        packages.mkdir(parents=True)
        own = own_suite()
        unstable = unstable_suite(archive(own))
        download(own, FROM_OWN_SUITE, packages)
        download(unstable, FROM_UNSTABLE, packages)
    with ui.step("Unpacking Odoo 19"):
        shutil.rmtree(layout.ODOO_UNPACKED, ignore_errors=True)
        for package in sorted(packages.glob("*.deb")):
            ui.run(
                ["dpkg", "-x", package, layout.ODOO_UNPACKED], "odoo-fetch", f"{package.name} could not be unpacked."
            )
        script = layout.ODOO_SITE / "odoo" / EMPTY_SCRIPT
        script.parent.mkdir(parents=True, exist_ok=True)
        script.touch()
        check_links()
        shutil.rmtree(APT)
        STAMP.touch()


def private_apt(name, *options):
    """Options that keep apt's lists and downloads out of the system."""
    state = APT / name
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    settings = (
        f"Dir::State::Lists={state}/lists",
        f"Dir::Cache={state}/cache",
        "APT::Sandbox::User=root",
        "Acquire::Languages=none",
        "APT::Update::Post-Invoke-Success::=",
        *options,
    )
    return [part for setting in settings for part in ("-o", setting)]


def own_suite():
    """apt options for the machine's own suite: its lists as they are, or private ones when it has none."""
    if archive([]):
        return []
    options = private_apt("own")
    ui.run(["apt-get", *options, "update"], "odoo-fetch", "apt-get update failed.", "apt-get update", env=plain())
    return options


def archive(options):
    """Where this machine gets Debian from; empty when its lists are empty or it is no Debian."""
    targets = ["indextargets", "--format", "$(LABEL) $(REPO_URI)", "Origin: Debian", "Created-By: Packages"]
    answer = subprocess.run(["apt-get", *options, *targets], capture_output=True, text=True, env=plain(), check=False)
    for line in answer.stdout.splitlines():
        label, _, address = line.partition(" ")
        if label == "Debian":
            return address
    return ""


def unstable_suite(address):
    if not address:
        ui.fail("This machine does not get its packages from Debian, so there is no Odoo 19 to fetch.", OWN_ODOO)
    source = APT / "unstable.list"
    keyring = next((path for name in KEYRINGS if (path := Path("/usr/share/keyrings", name)).is_file()), None)
    signed = f"[signed-by={keyring}] " if keyring else ""
    source.write_text(f"deb {signed}{address} unstable main\n")
    options = private_apt("unstable", f"Dir::Etc::SourceList={source}", "Dir::Etc::SourceParts=/dev/null")
    ui.run(
        ["apt-get", *options, "update"],
        "odoo-fetch",
        "Debian's unstable suite could not be read.",
        OWN_ODOO,
        env=plain(),
    )
    return options


def download(options, packages, folder):
    ui.run(
        ["apt-get", *options, "-o", "APT::Sandbox::User=root", "download", *packages],
        "odoo-fetch", f"apt offers no {' or '.join(packages)}.", OWN_ODOO, cwd=folder, env=plain(),
    )  # fmt: skip


def plain():
    return {**os.environ, "LC_ALL": "C"}


def check_links():
    dangling = [path for path in layout.ODOO_UNPACKED.rglob("*") if path.is_symlink() and not path.exists()]
    if dangling:
        ui.fail(
            f"{len(dangling)} files of Odoo point to files of packages that were not unpacked, such as {dangling[0]}.",
            OWN_ODOO,
        )
