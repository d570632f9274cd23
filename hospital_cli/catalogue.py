"""What a database is made of, and how two of them differ, in words a person reads."""

COLUMNS = """
SELECT c.relname, a.attname,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm')
"""
CONSTRAINTS = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE k.contype <> 'n'
"""
INDEXES = """
SELECT tablename, indexname, regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX \\S+ ON \\S+ ', '\\1')
FROM pg_indexes
WHERE schemaname = 'public'
  AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'x'))
"""
KINDS = {"column": COLUMNS, "constraint": CONSTRAINTS, "index": INDEXES}


def snapshot(server, name):
    """{table: {(kind, name): definition}}"""
    tables = {}
    for kind, sql in KINDS.items():
        for table, item, definition in server.query(" ".join(sql.split()), name, separator="\x1f"):
            tables.setdefault(table, {})[kind, item] = definition
    return tables


def compare(before, after):
    """Lines that say what `after` has gained, lost or changed."""
    lines = []
    for table in sorted({*before, *after}):
        if table not in before:
            lines.append(f"+ table {table}")
            lines += [f"    + {kind} {item}: {text}" for (kind, item), text in sorted(after[table].items())]
        elif table not in after:
            lines.append(f"- table {table}")
        elif changes := compare_table(before[table], after[table]):
            lines.append(f"~ table {table}")
            lines += [f"    {change}" for change in changes]
    return lines


def compare_table(before, after):
    lines = []
    for kind, item in sorted({*before, *after}):
        old, new = before.get((kind, item)), after.get((kind, item))
        if old is None:
            lines.append(f"+ {kind} {item}: {new}")
        elif new is None:
            lines.append(f"- {kind} {item}: {old}")
        elif old != new:
            lines.append(f"~ {kind} {item}: {old} → {new}")
    return lines
