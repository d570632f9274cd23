from odoo import models


class HospitalInvoicePaper(models.Model):
    _inherit = "hospital.invoice.paper"

    def action_void(self):
        """Void blank forms that were spoilt or lost."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void blank forms"),
            "res_model": "hospital.invoice.paper.void",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_paper_ids": [(6, 0, self.ids)], "dialog_size": "medium"},
        }

    def _runs(self):
        """Forms of one place and code whose numbers follow one another."""
        runs, last = [], None
        for paper in self.sorted(lambda paper: (paper.place_id.id, paper.batch, paper.number)):
            follows = (
                last
                and last.place_id == paper.place_id
                and last.batch == paper.batch
                and len(last.number) == len(paper.number)
                and int(paper.number) == int(last.number) + 1
            )
            if follows:
                runs[-1] |= paper
            else:
                runs.append(paper)
            last = paper
        return runs
