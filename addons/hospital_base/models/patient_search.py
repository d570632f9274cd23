import re

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import card_reader, identity, masking
from .patient import PHONE_SEARCH_PREFIX

_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NUMBER = re.compile(r"(?=.*\d)[0-9A-Z+\-()@:]+", re.ASCII)
_DISPLAY_NAME = re.compile(r".+ \((\S+)\)")
_PREFIX_MIN = 6
_PREFIX_LIMIT = 200


class HospitalPatient(models.Model):
    """The one search box: what was typed decides where to look, and every place has its index."""

    _inherit = "hospital.patient"

    def _search_display_name(self, operator, value):
        if operator in ("ilike", "like", "=ilike", "=like") and isinstance(value, str) and value:
            return self._hospital_search_domain(value)
        if operator == "in":
            texts = [text for text in value if isinstance(text, str)]
            numbers = [match[1] for text in texts if (match := _DISPLAY_NAME.fullmatch(text))]
            return Domain("name", "in", texts) | Domain("number", "in", texts + numbers)
        return super()._search_display_name(operator, value)

    def _search_search_text(self, operator, value):
        if operator in ("ilike", "like", "=ilike", "=like"):
            return self._hospital_search_domain(value or "")
        if operator == "in":
            return Domain.OR(self._hospital_search_domain(text) for text in value if isinstance(text, str))
        return NotImplemented

    def _hospital_search_domain(self, text):
        """Patients meant by what a person typed, scanned or pasted into a search box."""
        if card := card_reader.read(text):
            text = card.number
        text = " ".join(text.replace("%", " ").split())
        if not text:
            return Domain.TRUE
        if match := _DISPLAY_NAME.fullmatch(text):
            return Domain("number", "=", match[1])
        number = identity.normalise(text)
        if _NUMBER.fullmatch(number):
            return self._hospital_number_domain(number)
        words = text.split()
        if len(words) > 1 and (_CHINESE.search(text) or _NUMBER.search(number)):
            return Domain.AND(self._hospital_search_domain(word) for word in words)
        return self._hospital_name_domain(text)

    def _hospital_name_domain(self, text):
        if _CHINESE.search(text):
            return Domain.custom(
                # trigrams need three characters and Chinese names have two or three: look up single characters
                to_sql=lambda _model, alias, _query: SQL(
                    "(string_to_array(%(name)s, NULL) @> string_to_array(%(text)s, NULL) AND %(name)s LIKE %(like)s)",
                    name=SQL.identifier(alias, "name"),
                    text=text,
                    like=f"%{_escape(text)}%",
                ),
                predicate=lambda patient: text in (patient.name or ""),
            )
        domain = Domain("initials", "=like", _escape(text.replace(" ", "").upper()) + "%")
        if len(text) >= 3:
            domain |= Domain("pinyin", "=like", _escape(text.lower()) + "%")
            words = [word for word in text.split() if len(word) >= 3] or [text]
            for name in ("name", "name_latin"):
                domain |= Domain.AND(Domain(name, "ilike", word) for word in words)
        return domain

    def _hospital_number_domain(self, number):
        union = SQL(" UNION ALL ").join(SQL("(%s)", query) for query in self._hospital_number_queries(number))
        return Domain.custom(
            # an array is computed once and then looked up by primary key, however the planner likes to sort
            to_sql=lambda _model, alias, _query: SQL(
                "%s = ANY(ARRAY(%s))",
                SQL.identifier(alias, "id"),
                union,
            ),
            predicate=lambda patient: bool(
                patient.sudo()
                .with_context(active_test=False)
                .search_count(
                    [("id", "=", patient.id), ("search_text", "ilike", number)],
                    limit=1,
                )
            ),
        )

    def _hospital_number_queries(self, number):
        """One query per kind of number, each giving patient ids; another model adds its own."""
        keys = identity.match_keys(number)
        phone = masking.normalise_phone(number)
        queries = [
            SQL("SELECT COALESCE(merged_into_id, id) FROM hospital_patient WHERE number = %s", number),
            SQL("SELECT id FROM hospital_patient WHERE phone_full = %s", phone),
            SQL("SELECT id FROM hospital_patient WHERE phone_other_full = %s", phone),
            SQL("SELECT patient_id FROM hospital_identifier WHERE match_key = ANY(%s)", keys),
            SQL("SELECT patient_id FROM hospital_identifier WHERE match_key LIKE %s", _escape(number) + "@%"),
            SQL("SELECT patient_id FROM hospital_card WHERE number = %s", number),
            SQL("SELECT patient_id FROM hospital_coverage WHERE number_full = %s", number),
        ]
        if len(number) >= _PREFIX_MIN:
            like = _escape(number) + "%"
            queries += [
                SQL("SELECT id FROM hospital_patient WHERE number LIKE %s LIMIT %s", like, _PREFIX_LIMIT),
                SQL("SELECT patient_id FROM hospital_card WHERE number LIKE %s LIMIT %s", like, _PREFIX_LIMIT),
            ]
        if len(phone) >= PHONE_SEARCH_PREFIX and phone.isdecimal():
            queries.append(
                SQL(
                    "SELECT id FROM hospital_patient WHERE phone_full LIKE %s LIMIT %s",
                    _escape(phone) + "%",
                    _PREFIX_LIMIT,
                )
            )
        return queries


def _escape(text):
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
