from odoo import api, models
from odoo.tools import LazyTranslate

from ..tools.database import AddressError, Database
from ..tools.errors import ExchangeError
from ..tools.table_job import TableJob

_lt = LazyTranslate(__name__)


class HospitalProtocolDatabase(models.AbstractModel):
    """Tables in the database of somebody else: PostgreSQL, MySQL, Oracle, SQL Server and their like are one road.

    The effect of the interface decides: *reads* selects, *sets* updates or inserts by key, *does* only inserts and
    leaves it to the unique key of the table that nothing is there twice. The method DELETE removes a row by its key.
    """

    _name = "hospital.protocol.database"
    _inherit = "hospital.protocol"
    _description = "Protocol: database"
    _protocol_label = _lt("Database")

    @api.model
    def _call(self, call):
        job = TableJob(self, call)
        try:
            return job.run()
        except ExchangeError as error:
            error.evidence = error.evidence or job.evidence()
            raise

    @api.model
    def _database(self, call):
        """The database of the platform; one for all calls of a delivery."""
        name = f"database:{call.platform.id}:{call.platform.url}"
        kept = call.session.adapters.get(name) if call.session is not None else None
        if kept and kept.timeout == self._timeout(call):
            return kept
        database = Database(call.platform.url, call.platform._secret("password", required=False), self._timeout(call))
        if call.session is not None:
            if kept:
                kept.close()
            call.session.adapters[name] = database  # closed with the session
        return database

    @api.model
    def _table_path(self, call):
        """Where the table stands over there: `schema.table` or `table`."""
        return call.interface.path

    @api.model
    def _timeout(self, call):
        return tuple(call.timeout) or (call.platform.connect_timeout, call.platform.read_timeout)

    @api.model
    def _check_address(self, url):
        """The address of a database of somebody else; raises AddressError."""
        info = self.env.cr._cnx.info
        own = {info.host, "localhost", "127.0.0.1"} if (info.host or "/").startswith(("/", "127.")) else {info.host}
        if url.database == self.env.cr.dbname and url.host in own and (url.port or 5432) == int(info.port):
            raise AddressError("own")

    @api.model
    def _address_sentence(self, error):
        sentences = {
            "unreadable": self.env._("The address of a database looks like postgresql://user@host:5432/database."),
            "host": self.env._("The address names no server. It looks like postgresql://user@host:5432/database."),
            "password": self.env._(
                "The address holds a password. Take it out and enter it as the secret named password."
            ),
            "file": self.env._("Databases in files are not opened. Use the address of a database server."),
            "dialect": self.env._(
                "This server cannot speak to a database of the kind %s. Install its SQLAlchemy dialect.", error.name
            ),
            "driver": self.env._(
                "The driver %s is not installed on this server. Install it with pip and restart.", error.name
            ),
            "own": self.env._(
                "This is the database of this server itself. Use the protocol Views to show it to others."
            ),
        }
        return sentences[error.reason]

    @api.model
    def _refusal_sentence(self, call):
        return self.env._("%s does not take this row. Correct it and send again.", call.platform.name)

    @api.model
    def _table_sentence(self, error, call):
        name = call.platform.name
        sentences = {
            "table": self.env._("%(platform)s has no table %(name)s.", platform=name, name=error.name or "?"),
            "column": self.env._("The table of %(platform)s has no column %(name)s.", platform=name, name=error.name),
            "value": self.env._(
                "The column %(name)s of %(platform)s does not take this value. Correct it and send again.",
                name=error.name,
                platform=name,
            ),
            "empty_key": self.env._("The key column %s is empty in the row that is to be sent.", error.name),
            "no_key": self.env._("The table %s has no primary key. Enter the key columns.", error.name),
            "no_guard": self.env._(
                "The table %s has no unique key over the key columns, so nothing keeps a row from being there twice. "
                "Have one made, or let the interface set rows instead.",
                error.name,
            ),
            "many": self.env._("The key columns single out more than one row of %s. Nothing was changed.", error.name),
            "no_rollback": self.env._(
                "The table %s keeps rows of a batch that fails in the middle. Send its rows one by one.", error.name
            ),
            "no_row": self.env._("There is no row to be sent."),
        }
        return sentences[error.reason]
