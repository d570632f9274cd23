from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import code_translations

from ..tools.import_template import Column, write_template

MAX_CHOICES = 1000


class HospitalImportMixin(models.AbstractModel):
    """A model that is filled from Excel. The import screen offers a workbook made for the user: headings in his
    language, so that Odoo's import recognises them by itself, drop-downs from his data, and an example."""

    _name = "hospital.import.mixin"
    _description = "Excel template for the import"
    _hospital_import_fields = ()  # paths in the order of the columns, such as "code" or "identifier_ids/number"
    _hospital_path_field = None  # a many2one that tells namesakes apart: 东院区/内科

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Excel template: %s", self._get_model_name()),
                "template": f"/hospital/import_template/{self._name}",
            }
        ]

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if not self._hospital_path_field or operator in Domain.NEGATIVE_OPERATORS:
            return domain
        one_operator = "=" if operator == "in" else operator
        for path in [value] if isinstance(value, (str, bool)) else value:
            if isinstance(path, str) and "/" in path:
                outer, inner = (part.strip() for part in path.split("/", 1))
                domain = Domain(domain) | (
                    Domain(f"{self._hospital_path_field}.display_name", one_operator, outer)
                    & Domain(super()._search_display_name(one_operator, inner))
                )
        return domain

    @api.model
    def _hospital_import_template(self):
        """File name and content of the workbook."""
        name = self._get_model_name()
        words = {
            "explanation": self.env._("Explanation"),
            "column": self.env._("Column"),
            "required": self.env._("Required"),
            "values": self.env._("Values"),
            "yes": self._get_import_word("yes"),
        }
        example = self._hospital_import_example()
        columns = [self._get_import_column(path, example.get(path)) for path in self._hospital_import_fields]
        return f"{name}.xlsx", write_template(name, columns, words)

    @api.model
    def _hospital_import_example(self):
        """One row that may be imported as it stands: values by path."""
        return {}

    @api.model
    def _get_import_column(self, path, example):
        model, labels, fields = self, [], []
        for name in path.split("/"):
            field = model._fields[name]
            labels.append(field.get_description(self.env, ["string"])["string"])
            fields.append(field)
            model = self.env[field.comodel_name] if field.relational else None
        field = fields[-1]
        return Column(
            heading="/".join(labels),
            kind={"date": "date", "integer": "number", "float": "number", "monetary": "number"}.get(field.type, "text"),
            required=bool(fields[0].required and len(fields) == 1 and not field.default),
            choices=self._get_import_choices(field),
            help=field.get_description(self.env, ["help"]).get("help") or "",
            example=self._get_import_word("yes" if example else "no")
            if field.type == "boolean" and example is not None
            else example,
        )

    @api.model
    def _get_import_choices(self, field):
        if field.type == "selection":
            return [label for _value, label in field._description_selection(self.env)]
        if field.type == "boolean":
            return [self._get_import_word("yes"), self._get_import_word("no")]
        if field.type == "many2one":
            domain = field.domain if isinstance(field.domain, (list, tuple)) else []
            records = self.env[field.comodel_name].search_fetch(domain, ["display_name"], limit=MAX_CHOICES + 1)
            return [] if len(records) > MAX_CHOICES else list(dict.fromkeys(records.mapped("display_name")))
        return []

    @api.model
    def _get_import_word(self, word):
        """Yes and no as Odoo's import reads them back."""
        return code_translations.get_python_translations("base", self.env.lang or "en_US").get(word, word)

    @api.model
    def _get_model_name(self):
        return self.env["ir.model"]._get(self._name).sudo().name
