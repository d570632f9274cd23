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
