"""Odoo changes the type of a column after dropping the views on it, but finds only those of the schema public.

Other systems read views in schemas of their own. This stands here and not where they are made, because the tables of this
addon are upgraded before any other of the suite is loaded.
"""

from odoo.tools import SQL, sql


def drop_depending_views(cr, table, column):
    """In place of Odoo's: drop the views that depend on a column, in whatever schema they are."""
    query = SQL(
        """SELECT DISTINCT schema.nspname, view.relname, view.relkind
             FROM pg_depend
             JOIN pg_rewrite rule ON rule.oid = pg_depend.objid
             JOIN pg_class view ON view.oid = rule.ev_class AND view.relkind IN ('v', 'm')
             JOIN pg_namespace schema ON schema.oid = view.relnamespace
             JOIN pg_attribute attribute
               ON attribute.attrelid = pg_depend.refobjid AND attribute.attnum = pg_depend.refobjsubid
            WHERE pg_depend.refobjid = %s::regclass AND attribute.attnum > 0 AND attribute.attname = %s""",
        f'"{table}"',
        column,
    )
    cr.execute(query)
    for schema, view, kind in cr.fetchall():
        what = SQL("MATERIALIZED VIEW" if kind == "m" else "VIEW")
        cr.execute(SQL("DROP %s IF EXISTS %s CASCADE", what, SQL.identifier(schema, view)))


sql.drop_depending_views = drop_depending_views
