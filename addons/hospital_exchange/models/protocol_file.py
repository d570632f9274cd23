from odoo import api, models
from odoo.tools import LazyTranslate, config

from ..tools import file_formats
from ..tools.call import Result
from ..tools.errors import ExchangeError
from ..tools.file_formats import FormatError
from ..tools.safe_folder import FolderError, SafeFolder, allowed_roots
from ..tools.values import fill

_lt = LazyTranslate(__name__)

OPTION = "hospital_exchange_folders"
NOT_NOW = {"room"}


class HospitalProtocolFile(models.AbstractModel):
    """Files in a folder that both sides reach.

    *Sets* replaces a file, *does* never touches one that is there, *reads* opens one. The endpoint of the interface is
    the name, such as `out/{number}.csv`.
    """

    _name = "hospital.protocol.file"
    _inherit = "hospital.protocol"
    _description = "Protocol: files"
    _protocol_label = _lt("Files")

    @api.model
    def _call(self, call):
        try:
            folder, name = self._place(call)
            call.evidence.request_body = f"{folder}/{name}".encode()
            with self._folder(call.platform, folder) as opened:
                if call.interface.effect == "read":
                    return self._read_file(call, opened, name)
                return self._write_file(call, opened, name)
        except FolderError as error:
            raise self._folder_error(call, error) from None
        except FormatError as error:
            raise self._format_error(call, error) from None
        except ExchangeError as error:
            error.evidence = error.evidence or call.evidence
            raise

    @api.model
    def _folder(self, platform, inside=""):
        path = (platform.url or "").removeprefix("file://").rstrip("/")
        return SafeFolder(f"{path}/{inside}".rstrip("/"), allowed_roots(config.get(OPTION)))

    @api.model
    def _place(self, call):
        """(folder inside that of the platform, name): what is filled in never chooses the folder."""
        folder, _slash, template = (call.interface.path or "{number}." + call.interface.file_format).rpartition("/")
        return folder.strip("/"), SafeFolder.check(fill(template, lambda name: self._file_value(call, name)))

    @api.model
    def _file_value(self, call, name):
        if name.startswith("secret:"):
            raise self._config_error(call, "a secret never stands in the name of a file")
        if call.interface._is_question(call.payload or {}) and name in ("number", "key"):
            return call.payload[name] or ""
        return self._value(call, name)

    # === WRITE AND READ ===

    @api.model
    def _write_file(self, call, folder, name):
        interface = call.interface
        columns, widths = interface._file_layout("request")
        root = self._parameter(call, "xml_root", "Request")
        data = file_formats.write(
            interface.file_format, call.payload or {}, interface.file_encoding, columns, widths, root
        )
        call.evidence.request_body = data
        if interface.effect == "upsert":
            folder.put(name, data, before_name=lambda: self._leaves(call))
            return self._written(call, name)
        try:
            folder.put(name, data, replace=False, before_name=lambda: self._leaves(call))
        except FolderError as error:
            if error.reason == "exists" and folder.get(name) == data:
                raise ExchangeError(
                    "duplicate", code="exists", detail=f"{name} is there with the same content"
                ) from None
            raise
        return self._written(call, name)

    @api.model
    def _leaves(self, call):
        call.sent = True  # up to here nothing has its name yet

    @api.model
    def _written(self, call, name):
        return Result(reply={"name": name}, remote_ref=name, evidence=call.evidence)

    @api.model
    def _read_file(self, call, folder, name):
        interface = call.interface
        try:
            data = folder.get(name)
        except FolderError as error:
            if error.reason != "missing":
                raise
            return Result(reply={"found": False}, evidence=call.evidence)
        call.evidence.reply_body = data
        reply = file_formats.read(
            interface.file_format, data, interface.file_encoding, *interface._file_layout("reply")
        )
        return Result(reply={"found": True, **self._data(call, reply)}, evidence=call.evidence)

    # === WHAT WENT WRONG ===

    @api.model
    def _folder_error(self, call, error):
        kind = "network" if error.reason in NOT_NOW else "business" if error.reason in ("exists", "name") else "config"
        sentence = self._folder_sentence(error, call.platform)
        return ExchangeError(kind, sentence, code=error.reason, detail=str(error), evidence=call.evidence)

    @api.model
    def _folder_sentence(self, error, platform):
        name = platform.name
        sentences = {
            "allowed": self.env._(
                "The folder of %(platform)s is none of those allowed. Add it to the option %(option)s of the "
                "configuration file and restart, or choose another folder.",
                platform=name,
                option=OPTION,
            ),
            "missing": self.env._("The folder of %s does not exist on this server. Have it made.", name),
            "link": self.env._("The folder of %s leads elsewhere through a link. Use the real folder.", name),
            "rights": self.env._("This server may not use the folder of %s. Have the rights set.", name),
            "name": self.env._("The file for %s would have a name that no file can have. Correct the record.", name),
            "exists": self.env._("%s has a file of this name with another content already.", name),
            "large": self.env._("The file of %s is too large to be read.", name),
            "room": self.env._("The file for %s could not be written. It is tried again by itself.", name),
        }
        return sentences[error.reason]

    @api.model
    def _format_error(self, call, error):
        name = call.platform.name
        sentences = {
            "rows": self.env._("The data for %s cannot be written in this format of a file.", name),
            "columns": self.env._("The data for %s has groups inside a row; choose JSON or XML.", name),
            "width": self.env._(
                "%(field)s is longer than its column in the file for %(platform)s, or has no length in the field lines.",
                field=error.name or "?",
                platform=name,
            ),
            "character": self.env._(
                "The character “%(character)s” cannot be written into the file for %(platform)s.",
                character=error.name,
                platform=name,
            ),
            "unreadable": self.env._("The file of %s cannot be read: it is not written as agreed.", name),
        }
        kind = "unknown" if error.reason == "unreadable" else "business" if error.reason != "rows" else "config"
        return ExchangeError(kind, sentences[error.reason], detail=str(error), evidence=call.evidence)
