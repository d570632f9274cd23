from odoo import api, models

from ..tools.own_schema import OwnSchema, make_tables


class HospitalProtocolDatabase(models.AbstractModel):
    """In sandbox mode the tables of the other side stand in a schema of this database, made from the field lines."""

    _inherit = "hospital.protocol.database"

    @api.model
    def _database(self, call):
        if not self._is_played(call.platform):
            return super()._database(call)
        name = f"sandbox:{call.platform.id}"
        kept = call.session.adapters.get(name) if call.session is not None else None
        if kept:
            return kept
        schema = self._sandbox_schema(call.platform)
        make_tables(self.env.cr.dbname, schema, self._sandbox_tables(call.platform))
        database = OwnSchema(self.env.cr.dbname, schema, self._timeout(call))
        if call.session is not None:
            call.session.adapters[name] = database  # closed with the session
        return database

    @api.model
    def _is_played(self, platform):
        return platform.mode == "sandbox" and not platform.url_sandbox

    @api.model
    def _table_path(self, call):
        """Whatever schema a table has over there, here it is that of the sandbox."""
        path = super()._table_path(call)
        return (path or "").rpartition(".")[2] if self._is_played(call.platform) else path

    @api.model
    def _sandbox_schema(self, platform):
        return f"hospital_sandbox_{platform.code}"

    @api.model
    def _sandbox_tables(self, platform):
        """{table: (columns, key)} of all table interfaces, which may share a table."""
        tables = {}
        for interface in platform.interface_ids.filtered(lambda one: one.direction == "table" and one.path):
            columns, key = tables.setdefault(interface.path.rpartition(".")[2], ({}, []))
            lines = interface.field_ids.filtered(lambda line: line.type not in ("object", "list"))
            for line in lines:
                columns.setdefault(line.path.rpartition(".")[2], line.type)
            if interface.number_column:
                columns.setdefault(interface.number_column, "string")
            for name in interface._key_columns():
                columns.setdefault(name, "string")
                key.extend([] if name in key else [name])
        return {name: (list(columns.items()), key) for name, (columns, key) in tables.items() if columns}
