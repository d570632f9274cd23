def pre_init_hook(env):
    """Search by parts of a name needs trigrams; "one patient per bed at any time" needs GiST on scalars."""
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def uninstall_hook(env):
    """The access log refuses every change, its own removal included."""
    env.cr.execute("DROP FUNCTION IF EXISTS hospital_append_only() CASCADE")
    env.cr.execute("TRUNCATE hospital_access_log")
