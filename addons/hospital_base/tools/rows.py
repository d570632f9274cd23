"""Many rows in one statement."""

from odoo.tools import SQL


def select_rows(columns):
    """A SELECT of rows that are given column by column, {name: (type of the database, values)}, in their order.

    A value that all rows share is sent once.
    """
    first, (kind, values) = next(iter(columns.items()))
    lists = {
        name: SQL("%s::%s[]", values, SQL(kind)) for name, (kind, values) in columns.items() if len(set(values)) > 1
    }
    lists = lists or {first: SQL("%s::%s[]", values, SQL(kind))}
    return SQL(
        "SELECT %s FROM unnest(%s) WITH ORDINALITY AS given (%s, place) ORDER BY place",
        SQL(", ").join(
            SQL.identifier("given", name) if name in lists else SQL("%s::%s", values[0], SQL(kind))
            for name, (kind, values) in columns.items()
        ),
        SQL(", ").join(lists.values()),
        SQL(", ").join(map(SQL.identifier, lists)),
    )
