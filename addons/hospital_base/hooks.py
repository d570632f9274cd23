def pre_init_hook(env):
    """Search by parts of a name needs trigrams; "one patient per bed at any time" needs GiST on scalars."""
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
