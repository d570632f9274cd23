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
    """The models that go together with this addon."""
    env.cr.execute(
        """
        SELECT model FROM ir_model WHERE id IN (
               SELECT res_id FROM ir_model_data WHERE model = 'ir.model' GROUP BY res_id
               HAVING array_agg(DISTINCT module::text) = ARRAY[%s])
        """,
        [addon],
    )
    return [row[0] for row in env.cr.fetchall()]


def forget_own_records(env, addon):
    """Rows of tables that go with the addon are not deleted one by one before: they may point to each other."""
    env.cr.execute("DELETE FROM ir_model_data WHERE module = %s AND model = ANY(%s)", [addon, own_models(env, addon)])
