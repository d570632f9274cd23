from odoo.tools import SQL

KEPT = "__kept__"
"""In place of the name of an addon in external ids."""


def pre_init_hook(env):
    """Search by parts of a name needs trigrams; "one patient per bed at any time" needs GiST on scalars."""
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    # Odoo looked for trigrams before this ran; without them it leaves trigram indexes out, silently.
    env.registry.has_trigram = True


def uninstall_hook(env):
    """The access log refuses every change, its own removal included."""
    env.cr.execute("DROP FUNCTION IF EXISTS hospital_append_only() CASCADE")
    env.cr.execute("TRUNCATE hospital_access_log")
    forget_foreign_keys(env, "hospital_base")


def forget_foreign_keys(env, addon):
    """Odoo drops the columns an addon gave to models of others, but keeps listing the foreign keys they had.

    Only the list is cleared: the keys themselves go with their columns.
    """
    env.cr.execute(
        """
        DELETE FROM ir_model_constraint c USING ir_module_module m
         WHERE m.id = c.module AND m.name = %s AND c.type = 'f'
        """,
        [addon],
    )


def keep_records(env, addon, records):
    """These stay when the addon goes, because others point to them: they wait under another name for it to come back."""
    env.cr.execute(
        """
        UPDATE ir_model_data SET module = %s, name = %s || name WHERE module = %s AND model = %s AND res_id = ANY(%s)
        """,
        [KEPT, f"{addon}__", addon, records._name, records.ids],
    )
    env.registry.clear_cache()


def adopt_records(env, addon):
    """For pre_init_hook: what stayed when this addon went is its own again; gives {model: ids}."""
    env.cr.execute(
        """
        UPDATE ir_model_data SET module = %s, name = substr(name, %s)
         WHERE module = %s AND starts_with(name, %s) RETURNING model, res_id
        """,
        [addon, len(addon) + 3, KEPT, f"{addon}__"],
    )
    found = {}
    for model, record in env.cr.fetchall():
        found.setdefault(model, []).append(record)
    env.registry.clear_cache()
    return found


def own_models(env, addon):
    """The models that go together with this addon, and with those that go with it."""
    env.cr.execute(
        """
        SELECT model FROM ir_model WHERE id IN (
               SELECT res_id FROM ir_model_data WHERE model = 'ir.model' GROUP BY res_id
               HAVING bool_or(module = %(addon)s) AND bool_and(module = %(addon)s OR module IN (
                      SELECT name FROM ir_module_module WHERE state = 'to remove')))
        """,
        {"addon": addon},
    )
    return [row[0] for row in env.cr.fetchall()]


def forget_own_records(env, addon):
    """Rows of tables that go with the addon are not deleted one by one before: they may point to each other."""
    env.cr.execute("DELETE FROM ir_model_data WHERE module = %s AND model = ANY(%s)", [addon, own_models(env, addon)])


def keep_users(env, addon):
    """Users of the addon who have done something stay, switched off: what they did names them."""
    known = env["ir.model.data"].search([("module", "=", addon), ("model", "=", "res.users")])
    users = env["res.users"].with_context(active_test=False).browse(known.mapped("res_id")).exists()
    named = users.filtered(lambda user: _is_named(env, user))
    named.write({"active": False})
    keep_records(env, addon, named)
    keep_records(env, addon, named.partner_id)


def _is_named(env, record):
    """Whether a row that must stay points to this record."""
    env.flush_all()
    env.cr.execute(
        """
        SELECT conrelid::regclass::text, attname FROM pg_constraint
          JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
         WHERE contype = 'f' AND confrelid = %s::regclass AND confdeltype IN ('a', 'r')
        """,
        [record._table],
    )
    for table, column in env.cr.fetchall():
        query = SQL("SELECT 1 FROM %s WHERE %s = %s LIMIT 1", SQL.identifier(table), SQL.identifier(column), record.id)
        if env.execute_query(query):
            return True
    return False
