import re

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, safe_eval

from ..tools.errors import CallError, ExchangeError
from ..tools.waiting import WaitingCall

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class HospitalInterface(models.Model):
    """How messages come into being: queued in the transaction of the caller, or called at once."""

    _inherit = "hospital.interface"

    # === QUEUE ===

    def _queue(self, record=None, key=None, payload=None, amount=None, currency=None, priority=10, **extra):
        """Write messages in this transaction, delivered once it is committed; gives one message per record.

        The same key gives the same message: what is on its way or done is not written twice.
        """
        self.ensure_one()
        if not self.env.su:
            _sudo = self.sudo()  # whoever works on a record may have it sent, without a right to read platforms
            return _sudo._queue(record, key, payload, amount, currency, priority, **extra).with_env(self.env)
        wanted = self.env["hospital.message"]
        vals_list = []
        for one in [None] if record is None else record:
            base = self._key(one, key)
            existing = self._same_call(base)
            try:
                body = self._build(one, **extra) if payload is None else payload
            except ExchangeError as error:  # one record that is not fit to be sent holds up none of the others
                wanted |= self._queue_refused(one, base, existing, error, amount, currency)
                continue
            if found := existing and existing._stands_for(body):
                wanted |= found
                continue
            existing._replace_by_newer()
            vals_list.append(
                {
                    **self._prepare_message_vals(one, base, existing, body),
                    "amount": amount,
                    "currency_id": currency.id if currency else self._default_currency(amount),
                    "priority": priority,
                }
            )
        for vals, number in zip(vals_list, self._numbers(len(vals_list)), strict=True):
            vals["number"] = number
        messages = self.env["hospital.message"]._create_checked(vals_list)
        if messages:
            _platform_sudo = self.sudo().platform_id  # a queued message is delivered on behalf of anybody
            _platform_sudo._trigger_delivery()
        return wanted | messages

    def _queue_refused(self, record, base, existing, error, amount, currency):
        """A message that could not be built: refused at once, and built anew when a person sends it again."""
        if existing and existing.state not in ("refused", "dead"):
            if self.effect == "once":
                return existing
        else:
            existing._replace_by_newer()
        vals = {
            **self._prepare_message_vals(record, base, existing, None),
            **existing._error_values(error, self.platform_id),
            "amount": amount,
            "currency_id": currency.id if currency else self._default_currency(amount),
            "number": self._numbers(1)[0],
            "state": "refused",
            "is_attention": True,
            "done_at": fields.Datetime.now(),
        }
        message = self.env["hospital.message"]._create_checked([vals])
        self.env["hospital.code.map.wait"]._remember(message, error.unmapped)
        self.env["hospital.message.attempt"]._add(
            message.id, number=1, mode=self.platform_id.mode, error_kind=error.kind, detail=error.detail or None
        )
        self.sudo().platform_id._trigger_delivery()  # which tells the owner
        return message

    def _queue_again(self, message, record):
        """A new message in place of one that a person closed."""
        self.ensure_one()
        try:
            payload = self._build(record)
        except ExchangeError as error:
            raise UserError(error.sentence) from error
        vals = {
            **self._prepare_message_vals(record, message.key_base, message, payload),
            "amount": message.amount,
            "currency_id": message.currency_id.id,
            "priority": message.priority,
            "number": self._numbers(1)[0],
            "note": self.env._("In place of %s", message.number),
        }
        again = self.env["hospital.message"]._create_checked([vals])
        self.sudo().platform_id._trigger_delivery()
        return again

    def _run_scheduled(self):
        """Queue every record of the domain; gives the messages."""
        messages = self.env["hospital.message"]
        for interface in self:
            domain = safe_eval.safe_eval(interface.domain or "[]", interface._domain_context())
            messages |= interface._queue(self.env[interface.model].search(domain)) if interface.model else messages
        return messages

    def _domain_context(self):
        company = self.company_id or self.env.company
        return {"uid": self.env.uid, "today": company._hospital_today(), "now": fields.Datetime.now()}

    # === CALL AT ONCE ===

    def _call(self, record=None, key=None, payload=None, amount=None, currency=None, **extra):
        """Call at once and give the reply; raises ExchangeError.

        The evidence is written on a second cursor and stays whatever becomes of this transaction. A key that was
        answered already gives the stored answer: when Odoo runs a request again nothing is called twice.
        """
        self.ensure_one()
        _sudo = self.sudo()  # a clerk calls without a right to read platforms
        body = _sudo._build(record, **extra) if payload is None else payload
        vals = {
            **_sudo._prepare_message_vals(record, _sudo._key(record, key), None, body),
            "amount": amount,
            "currency_id": currency.id if currency else _sudo._default_currency(amount),
        }
        reply, message_id = WaitingCall(self.env, _sudo, vals).run()
        if record is not None and _sudo._has_handler(record):
            message = self.env["hospital.message"].sudo()._known(message_id)
            _sudo._handle(message, reply, record)
        return reply

    # === WHAT MAKES A MESSAGE ===

    def _key(self, record, key=None):
        if key:
            return str(key)
        if record is None or not record.id:
            if self.effect != "read":
                raise self._config_error(f"interface {self.code} was called with neither a record nor a key")
            return self.code
        campus = getattr(record, "campus_id", None)
        parts = {
            "model": record._name,
            "id": str(record.id),
            "code": self.code,
            "campus": campus.code if campus else "",
        }
        unknown = set(PLACEHOLDER.findall(self.key_template)) - parts.keys()
        if unknown:
            raise self._config_error(f"key template of interface {self.code} names {sorted(unknown)}")
        return PLACEHOLDER.sub(lambda found: parts[found[1]], self.key_template)

    def _config_error(self, detail):
        sentence = self.env._("%s is not set up completely. Ask the interface administrator.", self.name)
        return CallError("config", sentence=sentence, detail=detail)

    def _same_call(self, base):
        """The newest message with this key, in the hands of the engine."""
        messages = self.env["hospital.message"].sudo()
        if self.effect == "read":
            return messages
        self.env["hospital.message"].flush_model(["interface_id", "key_base"])
        query = SQL(
            "SELECT id FROM hospital_message WHERE interface_id = %s AND key_base = %s ORDER BY id DESC LIMIT 1",
            self.id,
            base,
        )
        return messages.browse(row[0] for row in self.env.execute_query(query))

    def _prepare_message_vals(self, record, base, existing, payload):
        platform = self.platform_id
        campus = getattr(record, "campus_id", None)
        if campus is None or campus._name != "hospital.campus":
            campus = platform.campus_id
        return {
            "platform_id": platform.id,
            "interface_id": self.id,
            "company_id": platform.company_id.id,
            "campus_id": campus.id,
            "direction": "out",
            "key": self._next_key(base, existing),
            "key_base": base,
            "res_model": record._name if record is not None else False,
            "res_id": record.id if record else False,
            "record_name": self._record_name(record),
            "payload": payload,
            "state": "pending",
            "create_uid": self.env.uid,
        }

    def _next_key(self, base, existing):
        if self.effect == "read":
            [row] = self.env.execute_query(SQL("SELECT nextval('hospital_message_number')"))
            return f"{base}~{row[0]}"
        if not existing:
            return base
        _prefix, _tilde, count = existing.key.rpartition("~")
        return f"{base}~{int(count) + 1 if _prefix == base and count.isdigit() else 2}"

    def _record_name(self, record):
        if not record:
            return False
        if hasattr(type(record), "_exchange_name"):
            return record._exchange_name()
        return record.display_name

    def _default_currency(self, amount):
        return self.company_id.currency_id.id if amount is not None else False

    def _numbers(self, count):
        """Numbers by which the platform knows our calls; a protocol with a form of its own makes its own."""
        if not count:
            return []
        today = self.company_id._hospital_today() if self.company_id else fields.Date.today()
        rows = self.env.execute_query(
            SQL("SELECT nextval('hospital_message_number') FROM generate_series(1, %s)", count)
        )
        return [self._format_number(today, row[0]) for row in rows]

    def _format_number(self, today, serial):
        protocol = self.env.get(self.sudo().platform_id.protocol)
        if protocol is not None and hasattr(protocol, "_message_number"):
            return protocol._message_number(self, today, serial)
        return f"{today:%Y%m%d}{serial:010d}"
