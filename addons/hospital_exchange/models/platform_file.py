import hashlib
import logging
import time

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, config

from odoo.addons.hospital_base.tools.uniqueness import queries_unlogged

from ..tools import file_formats
from ..tools.errors import ExchangeError
from ..tools.file_formats import FormatError
from ..tools.perform import MOMENTARY, text_of
from ..tools.safe_folder import FolderError, allowed_roots
from .protocol_file import OPTION

_logger = logging.getLogger(__name__)

PROTOCOL = "hospital.protocol.file"
NOW = SQL("clock_timestamp() AT TIME ZONE 'UTC'")
AGE = 5
"""Seconds a file must have been left alone: who writes it may not have finished."""


class HospitalPlatform(models.Model):
    """Files that a platform leaves for us become messages, each handed over once."""

    _inherit = "hospital.platform"

    @api.constrains("protocol", "url_sandbox", "url_test", "url_production")
    def _check_folder(self):
        roots = allowed_roots(config.get(OPTION))
        for platform in self.filtered(lambda one: one.protocol == PROTOCOL):
            for address in filter(None, (platform.url_sandbox, platform.url_test, platform.url_production)):
                path = address.removeprefix("file://")
                if ".." in path.split("/") or not any(f"{path}/".startswith(f"{root.rstrip('/')}/") for root in roots):
                    error = FolderError("allowed", path)
                    raise ValidationError(self.env[PROTOCOL]._folder_sentence(error, platform))

    # === PICKING UP ===

    @api.model
    def _cron_pick_up(self):
        """Take every file that is ready, one transaction for each."""
        crons = self.env["ir.cron"]
        for interface in self._file_interfaces():
            try:
                names = interface.platform_id._ready_files(interface)
            except FolderError as error:
                _logger.warning("files of platform %s are not picked up: %s", interface.platform_id.code, error.reason)
                continue
            for name in names:
                try:
                    with queries_unlogged():
                        message = interface.platform_id._pick_up(interface, name)
                except Exception as error:  # noqa: BLE001 one file that cannot be taken holds up no other
                    self.env.cr.rollback()
                    _logger.error(
                        "file of platform %s not picked up: %s", interface.platform_id.code, type(error).__name__
                    )
                    continue
                crons._commit_progress(1)
                interface.platform_id._put_away(interface, name, message)
            if names:
                interface.platform_id._alert_attention()

    def _file_interfaces(self):
        interfaces = self.env["hospital.interface"].sudo().search([("direction", "=", "in")])
        return interfaces.filtered(
            lambda one: (
                one.platform_id.protocol == PROTOCOL
                and one.platform_id.active
                and one.platform_id.mode != "disabled"
                and one.path
            )
        )

    def _incoming_folder(self, interface):
        inside, _slash, pattern = interface.path.rpartition("/")
        return self.env[PROTOCOL]._folder(self, inside.strip("/")), pattern

    def _ready_files(self, interface):
        folder, pattern = self._incoming_folder(interface)
        with folder:
            latest = time.time() - float(self._parameter("pick_up_age") or AGE)
            return [found.name for found in folder.list(pattern, self.batch_limit) if found.changed_at <= latest]

    def _pick_up(self, interface, name):
        """One file as a message of direction in, handled with the rights of the platform's own user."""
        folder, _pattern = self._incoming_folder(interface)
        with folder:
            data = folder.get(name)
        base = f"{name}:{hashlib.sha256(data).hexdigest()[:16]}"
        before = interface._same_call(base) if interface.effect != "read" else self.env["hospital.message"]
        if before and before.state == "done":
            return before  # taken before; only its way out of the folder was cut off
        message = self._incoming_message(interface, name, base, before, data)
        self._handle_file(interface, message, data)
        return message

    def _incoming_message(self, interface, name, base, before, data):
        vals = interface._prepare_message_vals(None, base, before, {"file": name})
        message = (
            self.env["hospital.message"].sudo()._create_checked([{**vals, "direction": "in", "number": name[:100]}])
        )
        message._step(
            "sending",
            claimed_by="call",
            claimed_at=NOW,
            sent_at=NOW,
            try_count=1,
            request_body=text_of(data[:60_000], self._secret_values()),
        )
        return message

    def _handle_file(self, interface, message, data):
        try:
            with self.env.cr.savepoint():
                reply = self._receive_file(interface, data)
        except (UserError, ExchangeError, FormatError) as error:
            sentence = error.sentence if isinstance(error, ExchangeError) else ""
            message._step(
                "refused",
                error_kind="business",
                error_sentence=sentence or self._words_of(error),
                error_detail=str(getattr(error, "detail", "") or ""),
            )
        except MOMENTARY:
            raise
        except Exception as error:  # noqa: BLE001 our own mistake: nothing of it is kept, and somebody looks at it
            message._step("dead", error_kind="bug", error_detail=f"{type(error).__name__} while the file was handled")
        else:
            message._step("done", reply=reply or None)

    def _receive_file(self, interface, data):
        columns, widths = interface._file_layout("request")
        payload = file_formats.read(interface.file_format, data, interface.file_encoding, columns, widths)
        if problems := interface._validate_payload("request", payload):
            raise UserError("\n".join(problems[:10]))
        if not self.user_id:
            raise UserError(self.env._("%s has no technical user, with whose rights its files are taken.", self.name))
        return interface.with_user(self.user_id)._receive(payload)

    def _words_of(self, error):
        if isinstance(error, FormatError):
            return self.env._("The file of %s cannot be read: it is not written as agreed.", self.name)
        return str(error)

    def _put_away(self, interface, name, message):
        """Out of the folder, once what came of it is on disk."""
        folder, _pattern = self._incoming_folder(interface)
        try:
            with folder:
                folder.put_away(name, "done" if message.state == "done" else "refused")
        except FolderError as error:
            _logger.warning("a file of platform %s stays where it is: %s", self.code, error.reason)
