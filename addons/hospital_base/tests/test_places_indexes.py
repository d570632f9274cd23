from odoo.tests import TransactionCase, tagged
from odoo.tools.sql import make_index_name


@tagged("post_install", "-at_install")
class TestPlacesIndexes(TransactionCase):
    def test_trigram_indexes_are_in_the_database(self):
        """Odoo leaves them out without a word where the extension came too late; every search would still answer."""
        wanted = {
            make_index_name(model._table, field.name)
            for model in self.env.values()
            if model._name.startswith("hospital.") and model._auto and not model._abstract
            for field in model._fields.values()
            if field.store and field.index == "trigram"
        }
        self.assertIn("hospital_patient__name_index", wanted)
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND indexdef LIKE '%gin_trgm_ops%'"
        )
        found = {name for (name,) in self.env.cr.fetchall()}
        self.assertFalse(wanted - found)
