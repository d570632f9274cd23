from datetime import datetime

from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.safe_eval import safe_eval


class HospitalHome(models.AbstractModel):
    """What needs doing today, per role.

    A card is a domain on a model with one sentence saying what to do. Every card of a user is counted in one
    statement, under the user's own record rules. Other addons add theirs::

        def _cards(self):
            return super()._cards() + [self._card("blacklist_appeals", ...)]
    """

    _name = "hospital.home"
    _description = "Home screen"

    # === ACTIONS === #

    @api.model
    @api.readonly
    def get_home(self):
        user = self.env.user
        company = self.env.company
        return {
            "hospital": company.name,
            "campuses": user.hospital_campus_ids.mapped("name"),
            "user": user.name,
            "hour": datetime.now(company._hospital_timezone()).hour,
            "today": format_date(self.env, company._hospital_today(), date_format="full"),
            "notice": self._notice(),
            "cards": self._counted_cards(),
        }

    @api.model
    def open_card(self, key):
        card = next((card for card in self._my_cards() if card["key"] == key), None)
        if card is None:
            raise UserError(_("This card is not on your home screen any more. Refresh the page."))
        action = self.env["ir.actions.actions"]._for_xml_id(card["action"])
        context = safe_eval(action["context"] or "{}", {"uid": self.env.uid, "context": dict(self.env.context)})
        action["domain"] = card["domain"]
        action["context"] = {
            **{name: value for name, value in context.items() if not name.startswith("search_default_")},
            **card["context"],
        }
        action["display_name"] = action["name"] = card["title"]
        return action

    # === BUSINESS METHODS === #

    def _sections(self):
        """Headings in the order in which they stand on the screen."""
        return {
            "registration": _("Registration"),
            "outpatient": _("Outpatients"),
            "inpatient": _("Inpatients"),
            "charges": _("Charges"),
            "base_data": _("Base data"),
            "audit": _("Audit"),
        }

    def _cards(self):
        """Return the cards of every role, made by `_card`."""
        return []

    @api.model
    def _card(
        self,
        key,
        title,
        *,
        section,
        todo,
        model,
        action,
        domain,
        groups,
        amount=None,
        icon="fa-inbox",
        tone="calm",
        context=None,
    ):
        """Describe one card.

        :param key: name of the card, unique
        :param title: what is counted, in two to five words
        :param section: key of the heading in `_sections`
        :param todo: what the user does about it, one sentence
        :param action: XML id of the window action a click opens, narrowed to ``domain``
        :param groups: XML ids of the groups the card is for, separated by commas
        :param amount: monetary field of ``model`` whose sum is shown
        :param tone: ``calm`` for facts, ``task`` for what waits, ``alert`` for what must not wait
        """
        return {
            "key": key,
            "title": title,
            "section": section,
            "todo": todo,
            "model": model,
            "action": action,
            "domain": list(domain),
            "groups": groups,
            "amount": amount,
            "icon": icon,
            "tone": tone,
            "context": context or {},
        }

    def _my_cards(self):
        user = self.env.user
        sections = list(self._sections())
        return sorted(
            (
                card
                for card in self._cards()
                if user.has_groups(card["groups"]) and self.env[card["model"]].has_access("read")
            ),
            key=lambda card: sections.index(card["section"]),
        )

    def _counted_cards(self):
        cards = self._my_cards()
        if not cards:
            return []
        counts = {
            position: (count, amount)
            for position, count, amount in self.env.execute_query(
                SQL(" UNION ALL ").join(
                    SQL("(%s)", self._count_sql(position, card)) for position, card in enumerate(cards)
                )
            )
        }
        currency = self.env.company.currency_id
        sections = self._sections()
        return [
            {
                "key": card["key"],
                "title": card["title"],
                "section": sections[card["section"]],
                "todo": card["todo"],
                "icon": card["icon"],
                "tone": card["tone"],
                "count": counts[position][0],
                "amount": currency.format(counts[position][1]) if card["amount"] else False,
            }
            for position, card in enumerate(cards)
        ]

    def _count_sql(self, position, card):
        model = self.env[card["model"]]
        query = model._search(card["domain"])
        amount = SQL("0")
        if card["amount"]:
            amount = SQL("COALESCE(SUM(%s), 0)", model._field_to_sql(query.table, card["amount"], query))
        return query.select(SQL("%s", position), SQL("COUNT(*)"), amount)

    def _notice(self):
        """Return a sentence for a user whose screens are empty because something is not set up, or False."""
        user = self.env.user
        if not user.hospital_campus_ids:
            return _("You are not assigned to a campus yet, so no visits are shown. Ask the IT operator to add one.")
        if (
            user.has_groups("hospital_base.group_hospital_doctor,hospital_base.group_hospital_nurse")
            and not user._hospital_practitioner()
        ):
            return _(
                "Your account does not say which practitioner you are, so your own patients are not shown. Ask the IT "
                "operator."
            )
        return False
