"""Databases of the suite: built, brought up to date, copied and dropped, each with its filestore."""

import json
import os
import secrets
import shutil

from . import layout, odoo_process, odoo_source, ui
from .postgres import literal

DEFAULT = "hospital"
DIGESTS = "hospital.addon_digests"
CONFIG = layout.HOME / "odoo.conf"
KEY = layout.HOME / "secret.key"

SET_LANGUAGE = """
lang = {lang!r}
env['res.lang']._activate_lang(lang)
users = env['res.users'].with_context(active_test=False).search([])
users.partner_id.lang = lang
env['res.company'].search([]).partner_id.lang = lang
env['ir.default'].set('res.partner', 'lang', lang)
zone = getattr(env.company, 'hospital_tz', False) or ('Asia/Shanghai' if lang.startswith('zh') else False)
users.filtered(lambda user: zone and not user.tz).tz = zone
env.cr.commit()
"""


def name_or_default(server, name=None):
    return name or getattr(server, "database", "") or DEFAULT


def require(server, name):
    if not server.exists(name):
        ui.fail(f"There is no database {name!r}.", f"./hospital serve --db {name}")


def filestore(name):
    return layout.data() / "filestore" / name


def secret_key():
    """Encrypts the secrets kept in the database; made once per checkout and never part of a backup."""
    if configured := layout.production().get("hospital_secret_key"):
        return configured
    if not KEY.is_file():
        KEY.touch(mode=0o600)
        KEY.write_text(secrets.token_hex(32))
    return KEY.read_text().strip()


def write_config(server, path=CONFIG, **options):
    """Odoo's configuration file for this server; `options` are added to or replace what is usual here."""
    layout.data().mkdir(parents=True, exist_ok=True)
    settings = {
        "addons_path": ",".join(map(str, (layout.ADDONS, *odoo_source.addons_paths()))),
        "data_dir": layout.data(),
        "list_db": False,
        "hospital_secret_key": secret_key(),
        # Odoo warns of every option it does not know itself, such as the key above.
        "log_handler": ":INFO,odoo.tools.config:ERROR",
        **server.odoo_options(),
        **options,
    }
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    path.touch(mode=0o600)
    path.write_text("".join(["[options]\n", *lines]))
    return path


def before_upgrade(name):
    """The untouched copy that exists only while an upgrade of `name` is under way."""
    return f"{name}_before"


def build(server, name, addons, demo=True, lang="zh_CN", config=None, log="odoo-setup", options=()):
    """A new database with the addons installed. One that could not be finished is dropped again."""
    config = config or write_config(server)
    server.createdb(name)
    arguments = ["-i", ",".join(("web", *addons)), *options]
    arguments += ["--with-demo"] if demo else []
    arguments += [f"--load-language={lang}"] if lang else []
    try:
        # Odoo does this for databases it makes itself: it leaves trigram indexes out where it does not find them.
        server.query("CREATE EXTENSION IF NOT EXISTS pg_trgm", name)
        odoo_process.run(config, name, *arguments, log=log, message=f"Database {name} could not be built.")
        if lang:
            odoo_process.script(
                config, name, SET_LANGUAGE.format(lang=lang), log, f"The language {lang} could not be set."
            )
        remember(server, name, addons)
    except BaseException:
        drop(server, name)
        raise


def remember(server, name, addons):
    """Note in the database what the addons looked like when they were brought into it."""
    known = layout.suite_addons()
    suite = [addon for addon in addons if addon in known]
    digests = {**recorded(server, name), **{addon: known[addon].digest for addon in suite}}
    server.query(
        "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date)"
        f" VALUES ({literal(DIGESTS)}, {literal(json.dumps(digests))}, 1, 1,"
        " now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc')"
        " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        name,
    )


def recorded(server, name):
    value = server.value(f"SELECT value FROM ir_config_parameter WHERE key = {literal(DIGESTS)}", name)
    return json.loads(value) if value else {}


def installed(server, name):
    """{addon of the suite: version in the database}"""
    rows = server.query("SELECT name, latest_version FROM ir_module_module WHERE state = 'installed'", name)
    return {addon: version for addon, version in rows if addon in layout.suite_addons()}


def outdated(server, database_name):
    """Installed addons whose files are no longer those the database was built from."""
    digests = recorded(server, database_name)
    present = installed(server, database_name)
    return [
        name for name, addon in layout.suite_addons().items() if name in present and digests.get(name) != addon.digest
    ]


def warn_if_outdated(server, name):
    if changed := outdated(server, name):
        print(f"Database {name} is behind the files of {', '.join(changed)}; ./hospital upgrade brings it forward.")


def bring_up_to_date(server, name, addons, config=None):
    """Install those of `addons` that are missing and update those whose files changed."""
    present = installed(server, name)
    missing = [addon for addon in addons if addon not in present]
    changed = outdated(server, name)
    if not missing and not changed:
        return
    arguments = [*(["-i", ",".join(missing)] if missing else []), *(["-u", ",".join(changed)] if changed else [])]
    with ui.step(f"Updating {', '.join((*missing, *changed))}"):
        odoo_process.run(
            config or write_config(server),
            name,
            *arguments,
            message=f"Database {name} could not be brought up to date.",
            fix="./hospital upgrade --dry-run   (tries it on a copy)",
        )
        remember(server, name, [*missing, *changed])


def copy(server, source, target):
    """A copy in seconds; nobody may be connected to the source. Files first: a copy that exists is complete."""
    copy_filestore(source, target)
    server.createdb(target, template=source)


def copy_filestore(source, target):
    """Files of a filestore never change, they come and go: so the copy may share them."""
    shutil.rmtree(filestore(target), ignore_errors=True)
    filestore(source).mkdir(parents=True, exist_ok=True)
    shutil.copytree(filestore(source), filestore(target), copy_function=link_or_copy)


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def drop(server, name):
    server.dropdb(name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def replace(server, name, by):
    """Put database `by` in the place of `name`. Done again after an interruption it goes on where it was."""
    server.dropdb(name)
    if filestore(by).is_dir():
        shutil.rmtree(filestore(name), ignore_errors=True)
        filestore(by).rename(filestore(name))
    server.renamedb(by, name)


def require_unused(server, name):
    if server.connections(name):
        ui.fail(
            f"Somebody is working in database {name}.",
            "stop ./hospital serve with Ctrl-C in its window, then try again",
        )
