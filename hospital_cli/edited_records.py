"""Records of an addon that an administrator edited, and what an upgrade does with them.

An addon's own loading writes as the system user. A record with an XML id whose last writer is somebody else was edited
by a person. Three states of it are compared: as it is, as the upgrade leaves it, as the addon's data files say.
"""

import json

from .postgres import identifier, literal

SYSTEM_USER = 1
BOOKKEEPING = "{id,create_uid,create_date,write_uid,write_date,parent_path}"
MODELS = """
SELECT DISTINCT d.model, replace(d.model, '.', '_')
FROM ir_model_data d
JOIN pg_class c ON c.relname = replace(d.model, '.', '_') AND c.relkind = 'r'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'write_uid'
WHERE d.module IN ({modules})
"""
EDITED = """
SELECT d.module || '.' || d.name, {model}, r.id
FROM ir_model_data d JOIN {table} r ON r.id = d.res_id
WHERE d.model = {model} AND d.module IN ({modules}) AND r.write_uid <> {system}
"""
VALUES = "SELECT id, to_jsonb(r) - {bookkeeping}::text[] FROM {table} r WHERE id IN ({ids})"


def find(server, name, modules):
    """[(XML id, model, table, id)] of the records a person edited."""
    listed = ",".join(map(literal, modules))
    found = []
    for model, table in server.query(_line(MODELS.format(modules=listed)), name) if modules else ():
        sql = EDITED.format(model=literal(model), table=identifier(table), modules=listed, system=SYSTEM_USER)
        found += [(xml_id, model, table, int(record)) for xml_id, model, record in server.query(_line(sql), name)]
    return sorted(found)


def values(server, name, records):
    """{XML id: {column: value}}; a record that is gone is left out."""
    by_table = {}
    for xml_id, _model, table, record in records:
        by_table.setdefault(table, {}).setdefault(record, []).append(xml_id)
    found = {}
    for table, ids in by_table.items():
        if not server.query(f"SELECT 1 FROM pg_class WHERE relname = {literal(table)} AND relkind = 'r'", name):
            continue
        sql = VALUES.format(bookkeeping=literal(BOOKKEEPING), table=identifier(table), ids=",".join(map(str, ids)))
        for record, text in server.query(sql, name, separator="\x1f"):
            found.update(dict.fromkeys(ids[int(record)], json.loads(text)))
    return found


def compare(records, present, upgraded, shipped):
    """Lines that say per edited record whether the upgrade keeps it, and where it differs from the addon's files."""
    lines = []
    for xml_id, model, _table, _record in records:
        now, then, files = present.get(xml_id, {}), upgraded.get(xml_id), shipped.get(xml_id)
        if then is None:
            lines.append(f"- {xml_id} ({model}): removed by the new version")
            continue
        changed = [field for field in now if field in then and now[field] != then[field]]
        lost = [f"    {field}: {shown(now[field])} → {shown(then[field])}" for field in changed]
        own = [
            f"    {field}: {shown(now[field])}; the addon's files say {shown(files[field])}"
            for field in now
            if files and field in files and now[field] == then.get(field) != files[field]
        ]
        if lost:
            lines += [f"! {xml_id} ({model}): overwritten", *lost]
        if own:
            lines += [f"= {xml_id} ({model}): kept as the administrator left it", *own]
    return lines


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _line(sql):
    return " ".join(sql.split())
