import { onMounted } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** Opening a record that was merged away leads to the one that goes on. */
export class HospitalPatientFormController extends FormController {
    setup() {
        super.setup();
        this.notification = useService("notification");
        onMounted(() => this.followSignpost());
    }

    async followSignpost() {
        const { merged_into_id: winner, number } = this.model.root.data;
        if (!winner || this.props.context.hospital_show_merged) {
            return;
        }
        this.notification.add(_t("%(number)s was merged into %(winner)s.", { number, winner: winner.display_name }), {
            type: "info",
        });
        await this.env.services.action.doAction(
            { type: "ir.actions.act_window", res_model: "hospital.patient", res_id: winner.id, views: [[false, "form"]] },
            { stackPosition: "replaceCurrentAction" }
        );
    }
}

registry.category("views").add("hospital_patient_form", { ...formView, Controller: HospitalPatientFormController });
