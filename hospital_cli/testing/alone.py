"""Each addon alone: installed on a database with only what it depends on, uninstalled without a trace, and updated
without losing what an admin edited."""

import re
import subprocess

from .. import layout, odoo_process, ui
from ..postgres import literal
from .outcome import Outcome, essence

LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ ")
EDITED = " (edited)"

# External ids count when they are the addon's own: Odoo itself leaves those it made for the fields of its mixins.
# Records by id that an addon makes in tables of others.
RECORDS = (
    "ir_ui_menu",
    "ir_cron",
    "ir_ui_view",
    "ir_rule",
    "ir_model_access",
    "ir_actions",
    "ir_sequence",
    "ir_asset",
    "ir_default",
    "ir_filters",
    "ir_model_constraint",
    "ir_model_relation",
    "ir_module_category",
    "mail_template",
    "mail_message_subtype",
    "mail_activity_type",
    "product_template",
    "product_category",
    "res_groups",
    "res_groups_privilege",
    "res_partner",
    "res_users",
    "uom_uom",
)
NOT_OF_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')"
STRUCTURE = f"""
SELECT 'table ' || relname FROM pg_class c
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
   AND {NOT_OF_EXTENSION.format(oid="c.oid")}
UNION ALL
SELECT 'column ' || relname || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'index ' || relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'function ' || proname FROM pg_proc p
 WHERE pronamespace = 'public'::regnamespace AND {NOT_OF_EXTENSION.format(oid="p.oid")}
UNION ALL
SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'model ' || model FROM ir_model
UNION ALL
SELECT 'field ' || model || '.' || name FROM ir_model_fields
UNION ALL
SELECT 'external id ' || module || '.' || name FROM ir_model_data WHERE module = {{addon}}
UNION ALL
SELECT 'parameter ' || key FROM ir_config_parameter
"""

EXCHANGED = """
WITH sent AS (
    INSERT INTO hospital_message
           (platform_id, interface_id, company_id, try_count, direction, key, state, sent_at, create_date)
    SELECT platform_id, interface.id, (SELECT min(id) FROM res_company), 1, 'out', 'alone', 'done', now(), now()
      FROM hospital_interface AS interface
      JOIN ir_model_data AS data ON data.model = 'hospital.interface' AND data.res_id = interface.id
     WHERE data.module = {addon}
 RETURNING id, interface_id)
INSERT INTO hospital_message_attempt (message_id, interface_id, purpose, started_at)
SELECT id, interface_id, 'send', now() FROM sent;
INSERT INTO hospital_access_log (user_id, action, model, at)
SELECT res_id, 'export', 'hospital.patient', now() FROM ir_model_data WHERE module = {addon} AND model = 'res.users'
"""


def bad_entries(text, levels="WARNING|ERROR|CRITICAL"):
    """What an Odoo log says with these levels, each entry with the lines that follow it."""
    bad = re.compile(rf"^\S+ \S+ \d+ ({levels}) ")
    entries = []
    following = False
    for line in text.splitlines():
        if bad.match(line):
            entries.append([line])
            following = True
        elif LOG_LINE.match(line):
            following = False
        elif following:
            entries[-1].append(line)
    return ["\n".join(entry) for entry in entries]


class Alone:
    def __init__(self, bed, addon):
        self.bed, self.addon = bed, addon
        self.outcome = Outcome()
        # glue comes by itself beside what it depends on, and then there would be no database without it
        self.options = ["--skip-auto-install"] if addon.manifest.get("auto_install") else []

    def run(self):
        template = self.bed.below(self.addon.name, self.options)
        with self.bed.copy(template, f"alone_{self.addon.name}") as self.database:
            before = self.state()
            self.step("installs without a warning", "-i", self.addon.name)
            self.step("uninstalls without a warning", "uninstall")
            self.outcome.check(f"{self.addon.name} leaves no trace", self.difference(before, self.state()))
            self.step("installs again without a warning", "-i", self.addon.name)
            edited = self.edit()
            self.step("updates without a warning", "-u", self.addon.name)
            self.outcome.check(f"{self.addon.name} keeps what an admin edited", self.lost(edited))
            if self.exchange():
                self.step("uninstalls again, with messages, without a warning", "uninstall")
                self.step("comes back to its messages without a warning", "-i", self.addon.name)
        return self.outcome

    def step(self, title, option, *names):
        log = ui.log_file(f"test-alone-{self.addon.name}-{title.split()[0]}{'-again' if 'again' in title else ''}")
        options = ["-c", self.bed.config, "-d", self.database]
        if option == "uninstall":
            command = odoo_process.command("module", "uninstall", *options, self.addon.name)
        else:
            command = odoo_process.command(
                *options, *self.options, "--no-http", "--stop-after-init", "--max-cron-threads=0", option, *names
            )
        with log.open("wb") as stream:
            code = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=odoo_process.environment(),
                check=False,
            ).returncode
        text = log.read_text(errors="replace")
        problems = bad_entries(text)
        state = self.bed.server.value(
            f"SELECT state FROM ir_module_module WHERE name = {literal(self.addon.name)}", self.database
        )
        if state != ("uninstalled" if option == "uninstall" else "installed"):
            problems.append(f"afterwards the addon is {state}; Odoo ended with code {code}; see {log}")
        self.outcome.check(f"{self.addon.name} {title}", [essence("\n".join(problems))] if problems else [])

    def state(self):
        rows = {
            row[0] for row in self.bed.server.query(STRUCTURE.format(addon=literal(self.addon.name)), self.database)
        }
        tables = {row[0] for row in self.bed.server.query("SELECT tablename FROM pg_tables", self.database)}
        for table in tables.intersection(RECORDS):
            rows |= {
                f"record {table} {row[0]}" for row in self.bed.server.query(f"SELECT id FROM {table}", self.database)
            }
        return rows

    def difference(self, before, after):
        yield from (f"left behind: {what}" for what in sorted(after - before)[:20])
        yield from (f"taken away: {what}" for what in sorted(before - after)[:20])

    def exchange(self):
        """As if every interface of the addon had been called and its users had called in; whether it has any."""
        if not self.bed.server.value("SELECT to_regclass('hospital_message')", self.database):
            return False
        self.bed.server.query(EXCHANGED.format(addon=literal(self.addon.name)), self.database)
        return self.bed.server.value("SELECT count(*) FROM hospital_message", self.database) != "0"

    def noupdate_records(self):
        """(model, id, column, is it translated) of some records that an update must leave alone."""
        return self.bed.server.query(
            f"""
            SELECT model, res_id, column_name, data_type = 'jsonb' FROM (
                SELECT model, res_id, row_number() OVER (PARTITION BY model ORDER BY res_id) AS place
                FROM ir_model_data WHERE module = {literal(self.addon.name)} AND noupdate
            ) data
            JOIN information_schema.columns ON table_name = replace(model, '.', '_') AND column_name = 'name'
            WHERE place <= 3 AND data_type IN ('character varying', 'text', 'jsonb')
            """,
            self.database,
        )

    def edit(self):
        """Add a word to some names; gives [(table, id, name)]."""
        edited = []
        for model, record, column, translated in self.noupdate_records():
            table = model.replace(".", "_")
            value = (
                f"(SELECT jsonb_object_agg(key, value || {literal(EDITED)}) FROM jsonb_each_text({column}))"
                if translated == "t"
                else f"{column} || {literal(EDITED)}"
            )
            self.bed.server.query(f"UPDATE {table} SET {column} = {value} WHERE id = {record}", self.database)
            edited.append((table, record, self.name(table, record)))
        return edited

    def name(self, table, record):
        return self.bed.server.value(f"SELECT name::text FROM {table} WHERE id = {record}", self.database)

    def lost(self, edited):
        for table, record, name in edited:
            if (now := self.name(table, record)) != name:
                yield f"{table} {record}: {name!r} became {now!r}"


def run(bed, name):
    return Alone(bed, layout.suite_addons()[name]).run()
