"""Rows that bind everybody: the database itself refuses to change or delete them, also for whoever writes SQL."""

from odoo.tools import SQL


def make_append_only(env, table, unless=None):
    """Give ``table`` its triggers; for ``init()`` of a model.

    :param unless: name of a setting of the transaction that, when ``on``, lets rows be deleted (never changed)
    """
    env.cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION hospital_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' AND TG_NARGS > 0 AND current_setting(TG_ARGV[0], true) = 'on' THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION 'rows of %% are never changed or deleted', TG_TABLE_NAME USING ERRCODE = '42501';
            END $$;
            DROP TRIGGER IF EXISTS hospital_append_only_row ON %(table)s;
            CREATE TRIGGER hospital_append_only_row BEFORE UPDATE OR DELETE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION hospital_append_only(%(unless)s);
            DROP TRIGGER IF EXISTS hospital_append_only_table ON %(table)s;
            CREATE TRIGGER hospital_append_only_table BEFORE TRUNCATE ON %(table)s
                FOR EACH STATEMENT EXECUTE FUNCTION hospital_append_only();
            """,
            table=SQL.identifier(table),
            unless=SQL("%s", unless) if unless else SQL(),
        )
    )


def drop_append_only(env, table):
    """For uninstalling: such a table refuses its own removal."""
    for trigger in ("hospital_append_only_row", "hospital_append_only_table"):
        env.cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", SQL.identifier(trigger), SQL.identifier(table)))
