from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

CHECKED = object()
"""Marks, in the context, values this model has made itself. No call from outside can carry it."""

SYSTEM_FIELDS = frozenset(
    "amount state reversal_of_id reversed_quantity reversed_amount patient_id campus_id company_id currency_id "
    "service_date "
    "category_id name uom_id is_late reason".split()
)
PLACE_FIELDS = ("order_department_id", "order_practitioner_id")
FACTS = SYSTEM_FIELDS | frozenset(
    "encounter_id product_id quantity price_unit order_department_id order_practitioner_id exec_department_id "
    "exec_practitioner_id service_at origin_model origin_id origin_ref".split()
)


class HospitalCharge(models.Model):
    """One charged line. It never changes: what was wrong is taken back by a reversing line that names it.

    Addons charge with `_charge(vals_list)`, take back with `_reverse()`, and settle with `_settle()` / `_unsettle()`.
    How lines are made is in this file, what happens to them afterwards in `charge_steps.py`.
    """

    _name = "hospital.charge"
    _description = "Charge"
    _inherit = ["hospital.access.mixin"]
    _order = "service_at desc, id desc"
    _check_company_auto = False

    encounter_id = fields.Many2one("hospital.encounter", required=True, ondelete="restrict")
    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    product_id = fields.Many2one(
        "product.product",
        string="Item",
        required=True,
        ondelete="restrict",
        domain="[('is_hospital_item', '=', True)]",
    )
    name = fields.Char("Description", required=True)
    category_id = fields.Many2one(
        "hospital.charge.category", string="Charge category", required=True, ondelete="restrict"
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", required=True, ondelete="restrict")
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    price_unit = fields.Float("Unit price", digits="Product Price", required=True, aggregator=None)
    amount = fields.Monetary(required=True)
    order_department_id = fields.Many2one("hospital.department", string="Ordered by department", ondelete="restrict")
    order_practitioner_id = fields.Many2one("hospital.practitioner", string="Ordered by", ondelete="restrict")
    exec_department_id = fields.Many2one("hospital.department", string="Done by department", ondelete="restrict")
    exec_practitioner_id = fields.Many2one("hospital.practitioner", string="Done by", ondelete="restrict")
    service_at = fields.Datetime("Service time", required=True, default=fields.Datetime.now)
    service_date = fields.Date(
        required=True,
        help="The day of the service in the hospital's time zone; the lock date and daily lists go by it.",
    )
    origin_model = fields.Char("Origin model", readonly=True)
    origin_id = fields.Many2oneReference(model_field="origin_model", readonly=True)
    origin_ref = fields.Char("Origin reference", readonly=True)
    state = fields.Selection(
        [("unsettled", "Unsettled"), ("settled", "Settled"), ("reversed", "Reversed")],
        required=True,
        default="unsettled",
    )
    is_late = fields.Boolean("Late", help="Entered after the patient was discharged.")
    reversal_of_id = fields.Many2one(
        "hospital.charge", string="Reverses", index="btree_not_null", ondelete="restrict", copy=False
    )
    reversal_ids = fields.One2many("hospital.charge", "reversal_of_id", string="Reversals")
    reversed_quantity = fields.Float(digits="Product Unit", required=True, default=0.0, copy=False, aggregator=None)
    reversed_amount = fields.Monetary(required=True, default=0.0, copy=False, aggregator=None)
    reason = fields.Char(help="Why the charge was taken back.")
    open_quantity = fields.Float("Left to reverse", digits="Product Unit", compute="_compute_open", aggregator=None)
    open_amount = fields.Monetary("Net amount", compute="_compute_open", aggregator=None)
    encounter_kind = fields.Selection(related="encounter_id.kind", string="Kind of visit")

    _sign = models.Constraint(
        "CHECK (quantity <> 0 AND (quantity < 0) = (reversal_of_id IS NOT NULL))",
        "Only a reversal has a negative quantity, and no charge has the quantity zero.",
    )
    _reversed_at_most = models.Constraint(
        "CHECK (reversed_quantity >= 0 AND (reversed_quantity = 0 OR reversed_quantity <= quantity))",
        "More than the charged quantity cannot be reversed. Open the charge again to see what is left of it.",
    )
    _price_not_negative = models.Constraint("CHECK (price_unit >= 0)", "A price cannot be negative.")
    _encounter_index = models.Index("(encounter_id, service_at)")
    _unsettled_index = models.Index("(encounter_id) WHERE state = 'unsettled'")
    _day_index = models.Index("(service_date, campus_id)")
    _origin_index = models.Index("(origin_model, origin_id) WHERE origin_id IS NOT NULL")

    # === COMPUTE ===

    @api.depends("quantity", "amount", "reversed_quantity", "reversed_amount", "reversal_of_id")
    def _compute_open(self):
        for charge in self:
            is_reversal = bool(charge.reversal_of_id)
            charge.open_quantity = 0.0 if is_reversal else charge.quantity - charge.reversed_quantity
            charge.open_amount = 0.0 if is_reversal else charge.amount - charge.reversed_amount

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("hospital_charges") is CHECKED:
            return super().create(vals_list)
        if self.env.su:
            return self._charge(vals_list)
        self.check_access("create")
        return self._charge_by_hand(vals_list)

    def write(self, vals):
        frozen = FACTS & vals.keys()
        if not frozen or self.env.context.get("hospital_charges") is CHECKED:
            return super().write(vals)
        if frozen == {"patient_id"} and self.env.su:  # two files of one person become one
            return super().write(vals)
        if "state" in frozen:
            raise UserError(self.env._("A charge is settled and reversed by its own steps, never by hand."))
        raise UserError(
            self.env._(
                "A charge is never changed. Cancel it, so that a reversing line is written, and enter the right one."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A charge is never deleted. Cancel it: a reversing line is written and both stay visible.")
        )

    # === CHARGING ===

    @api.model
    def _charge(self, vals_list):
        """Charge many lines at once, for addons: the facts that follow from encounter and item are filled in, the rules checked.

        Each line needs `encounter_id`, `product_id`; quantity 1, the price of the list at the service time, now, and the
        patient's department at that time are the defaults.
        """
        return self._create_checked(self._prepare_charges(vals_list))

    @api.model
    def _charge_by_hand(self, vals_list):
        """The same for a person: nothing the system fills may be given, and the rules for late and old services hold."""
        for vals in vals_list:
            if given := sorted(
                name for name in SYSTEM_FIELDS & vals.keys() if vals[name] and vals[name] != "unsettled"
            ):
                raise UserError(
                    self.env._(
                        "%s is filled in by the system. Leave it out.",
                        self._fields[given[0]].get_description(self.env, ["string"])["string"],
                    )
                )
        encounters = self.env["hospital.encounter"].browse(
            {vals.get("encounter_id") for vals in vals_list} - {None, False}
        )
        encounters.check_access("read")
        prepared = self._prepare_charges(vals_list, by_hand=True)
        self._check_by_hand(prepared)
        return self._create_checked(prepared)

    def _create_checked(self, vals_list):
        # `create` is checked before; nobody may write a charge, the model itself does
        _charges_sudo = self.sudo().with_context(hospital_charges=CHECKED)
        given = set.intersection(*(set(vals) for vals in vals_list)) if vals_list else set()
        defaults = _charges_sudo.default_get([name for name in self._fields if name not in given])
        created = _charges_sudo.create([{**defaults, **vals} for vals in vals_list])
        return created.with_env(self.env)

    def _add_missing_default_values(self, values):
        # of checked lines `_create_checked` has looked them up, once for all
        if self.env.context.get("hospital_charges") is CHECKED:
            return dict(values)
        return super()._add_missing_default_values(values)

    def _write_checked(self, vals):
        _charges_sudo = self.sudo().with_context(hospital_charges=CHECKED)
        _charges_sudo.write(vals)

    def _prepare_charges(self, vals_list, by_hand=False):
        """Whole values from the given ones. Every table is read once, whatever the number of lines."""
        now = fields.Datetime.now()
        lines = [{"quantity": 1.0, **vals} for vals in vals_list]
        for line in lines:
            line["service_at"] = fields.Datetime.to_datetime(line.get("service_at")) or now
        encounters = self._encounter_facts({line.get("encounter_id") for line in lines})
        items = self._item_facts({line.get("product_id") for line in lines}, by_hand)
        prices = self._prices_at(lines, items, by_hand)
        places = self._place_facts(
            {line["encounter_id"] for line in lines if not all(line.get(name) for name in PLACE_FIELDS)}
        )
        days, amounts = {}, {}
        rounding = self.env["decimal.precision"].precision_get("Product Unit")
        for line in lines:
            encounter = encounters[line["encounter_id"]]
            item = items[line["product_id"]]
            service_at, company = line["service_at"], encounter["company"]
            day = (company.id, service_at)
            if day not in days:
                days[day] = company._hospital_date(service_at)
                company._hospital_check_unlocked(days[day])
            quantity = line["quantity"] = round(line["quantity"], rounding)
            price = line["price_unit"] = prices(line)
            sum_of = (company.id, line["product_id"], quantity, price)
            if sum_of not in amounts:
                self._check_numbers(item, quantity, price, company)
                amounts[sum_of] = encounter["currency"].round(quantity * price)
            if not all(line.get(name) for name in PLACE_FIELDS):
                for name, value in places(encounter, service_at).items():
                    line[name] = line.get(name) or value
            line.update(
                patient_id=encounter["patient_id"],
                campus_id=encounter["campus_id"],
                company_id=company.id,
                currency_id=encounter["currency_id"],
                category_id=line.get("category_id") or item["category_id"],
                name=line.get("name") or item["name"],
                uom_id=line.get("uom_id") or item["uom_id"],
                exec_department_id=line.get("exec_department_id") or line["order_department_id"],
                amount=amounts[sum_of],
                service_date=days[day],
                is_late=encounter["is_over"],
                state="unsettled",
                reversed_quantity=0.0,
                reversed_amount=0.0,
            )
        return lines

    def _check_numbers(self, item, quantity, price, company):
        if not quantity > 0:
            raise UserError(self.env._("The quantity of %s must be more than zero.", item["name"]))
        if quantity > company.hospital_charge_max_quantity:
            raise UserError(
                self.env._(
                    "%(quantity)g of %(item)s is more than one charge may hold (%(most)g). Correct the quantity.",
                    quantity=quantity,
                    item=item["name"],
                    most=company.hospital_charge_max_quantity,
                )
            )
        if price < 0:
            raise UserError(self.env._("The price of %s is negative. Enter zero or more.", item["name"]))

    # === FACTS: what many lines share, read once ===

    def _encounter_facts(self, ids):
        if not all(ids):
            raise UserError(self.env._("A charge needs the visit it belongs to. Choose the patient's visit."))
        # a charge may be made by a job that sees no patient; people are checked in `_charge_by_hand`
        names = ["number", "patient_id", "campus_id", "company_id", "kind", "state", "department_id", "practitioner_id"]
        names += ["registered_at", "start_at", "end_at"]
        self.env["hospital.encounter"].flush_model(names)
        facts = {
            row["id"]: row
            for row in self.env.execute_query_dict(
                SQL(
                    "SELECT id, %s FROM hospital_encounter WHERE id = ANY(%s)",
                    SQL(", ").join(map(SQL.identifier, names)),
                    list(ids),
                )
            )
        }
        if len(facts) < len(ids):
            raise UserError(self.env._("The visit does not exist any more."))
        companies = {row["company_id"] for row in facts.values()}
        companies = {company.id: company for company in self.env["res.company"].sudo().browse(companies)}
        currencies = {company_id: company.currency_id for company_id, company in companies.items()}
        for row in facts.values():
            if row["state"] == "cancelled":
                raise UserError(self.env._("The visit %s is cancelled: nothing can be charged on it.", row["number"]))
            row["company"] = companies[row["company_id"]]
            row["currency"] = currencies[row["company_id"]]
            row["currency_id"] = row["currency"].id
            row["is_over"] = row["state"] == "finished" and row["kind"] in ("inpatient", "observation")
        return facts

    def _item_facts(self, ids, by_hand):
        if not all(ids):
            raise UserError(self.env._("A charge needs an item of the price list. Choose the item."))
        lang = self.env["product.template"]._hospital_lang()
        # who charges may not read every product of the company
        _products_sudo = self.env["product.product"].sudo().with_context(lang=lang).browse(ids)
        facts = {}
        for product in _products_sudo.exists():
            if by_hand and not (product.active and product.is_hospital_item):
                raise UserError(self.env._("%s is no longer in the price list. Choose another item.", product.name))
            if not product.hospital_charge_category_id:
                raise UserError(
                    self.env._(
                        "%s has no charge category. Ask who keeps the price list to choose one, then charge again.",
                        product.name,
                    )
                )
            facts[product.id] = {
                "name": product.name,
                "category_id": product.hospital_charge_category_id.id,
                "uom_id": product.uom_id.id,
                "is_open": product.hospital_price_at_entry,
                "product": product,
            }
        if len(facts) < len(ids):
            raise UserError(self.env._("An item does not exist any more. Choose it again."))
        return facts

    def _prices_at(self, lines, items, by_hand):
        """A function that gives the price of a line: the one it came with, or the list's at the time of the service."""
        wanted = {
            (line["product_id"], line["service_at"]) for line in lines if by_hand or line.get("price_unit") is None
        }
        products = (
            self.env["product.product"].sudo().union(*(items[product_id]["product"] for product_id, _at in wanted))
        )
        listed = products._hospital_prices_at(wanted)

        def price(line):
            given = line.get("price_unit")
            key = (line["product_id"], line["service_at"])
            if given is None:
                return listed[key]
            if by_hand and not items[key[0]]["is_open"] and given != listed[key]:
                raise UserError(
                    self.env._(
                        "The price of %(item)s is %(price).2f and cannot be changed here. Whoever keeps the price "
                        "list can.",
                        item=items[key[0]]["name"],
                        price=listed[key],
                    )
                )
            return given

        return price

    def _place_facts(self, encounters):
        """A function that gives department and doctor of an encounter at a moment: an inpatient's are those of the stay."""
        # the wards of other campuses too
        _stays_sudo = self.env["hospital.stay"].sudo()
        stays = {}
        for row in _stays_sudo.search_read(
            [("encounter_id", "in", list(encounters))],
            ["encounter_id", "start_at", "department_id", "practitioner_id"],
            order="start_at desc, id desc",
            load=None,
        ):
            stays.setdefault(row["encounter_id"], []).append(row)

        def place(encounter, moment):
            rows = stays.get(encounter["id"], ())
            row = next((row for row in rows if row["start_at"] <= moment), rows[-1] if rows else encounter)
            return {
                "order_department_id": row["department_id"],
                "order_practitioner_id": row["practitioner_id"] or encounter["practitioner_id"],
            }

        return place

    # === RULES FOR PEOPLE ===

    def _check_by_hand(self, lines):
        encounters = self._encounter_facts({line["encounter_id"] for line in lines})
        settled = self._settled_encounters([key for key, row in encounters.items() if row["is_over"]])
        departments = (
            self.env["hospital.department"]
            .sudo()
            .browse(
                {line[name] for line in lines for name in ("order_department_id", "exec_department_id") if line[name]}
            )
        )
        company_of = {department.id: department.company_id for department in departments}
        now = fields.Datetime.now()
        for line in lines:
            encounter = encounters[line["encounter_id"]]
            self._check_service_time(line, encounter, now)
            if encounter["is_over"]:
                self._check_late(encounter, encounter["id"] in settled)
            for name in ("order_department_id", "exec_department_id"):
                if line[name] and company_of[line[name]] != encounter["company"]:
                    raise UserError(
                        self.env._("The department belongs to another hospital. Choose one of this hospital.")
                    )

    def _check_service_time(self, line, encounter, now):
        company = encounter["company"]
        day, today = line["service_date"], company._hospital_date(now)
        began = company._hospital_date(min(filter(None, (encounter["registered_at"], encounter["start_at"]))))
        if line["service_at"] > now:
            raise UserError(
                self.env._("The service time lies in the future. Enter the time when the service was given.")
            )
        if day < began:
            raise UserError(
                self.env._(
                    "The visit %(number)s began on %(day)s: a service cannot be older than that.",
                    number=encounter["number"],
                    day=began,
                )
            )
        if encounter["is_over"] and day > company._hospital_date(encounter["end_at"]):
            raise UserError(
                self.env._(
                    "The patient of %(number)s was discharged on %(day)s: a service cannot be later than that.",
                    number=encounter["number"],
                    day=company._hospital_date(encounter["end_at"]),
                )
            )
        limit = company.hospital_charge_backdate_days
        if (today - day).days > limit and not self.env.user.has_group("hospital_base.group_hospital_finance_manager"):
            raise UserError(
                self.env._(
                    "The service is more than %s days old. Ask the finance manager to enter it or to raise the limit.",
                    limit,
                )
            )

    def _check_late(self, encounter, is_settled):
        """After the discharge only those who close the account may still charge."""
        user = self.env.user
        if user.has_group("hospital_base.group_hospital_finance_clerk"):
            return
        if is_settled:
            raise UserError(
                self.env._(
                    "The stay %s is discharged and settled. Only finance can still charge on it.", encounter["number"]
                )
            )
        if not user.has_group("hospital_base.group_hospital_nurse"):
            raise AccessError(
                self.env._(
                    "The patient of %s is discharged. Only the ward's nurses and finance can still enter late charges.",
                    encounter["number"],
                )
            )

    @api.model
    def _settled_encounters(self, encounter_ids):
        """Of these encounters, the ones with charges of which none waits for settlement."""
        if not encounter_ids:
            return set()
        self.flush_model(["encounter_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT encounter_id FROM hospital_charge WHERE encounter_id IN %s
                   GROUP BY encounter_id HAVING bool_or(state = 'settled') AND NOT bool_or(state = 'unsettled')""",
                tuple(encounter_ids),
            )
        )
        return {row[0] for row in rows}
