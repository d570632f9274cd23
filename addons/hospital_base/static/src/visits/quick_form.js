import { registry } from "@web/core/registry";
import { useExternalListener } from "@odoo/owl";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** A small window that Enter confirms, unless it takes a choice of an open list, a date just typed or a new line of a text. */
export class QuickFormController extends FormController {
    setup() {
        super.setup();
        this.typedDate = null;
        useExternalListener(window, "keydown", this.onQuickKeydown.bind(this), { capture: true });
        useExternalListener(window, "input", this.onQuickInput.bind(this), { capture: true });
    }

    onQuickInput(ev) {
        if (ev.target.closest(".o_field_date, .o_field_datetime")) {
            this.typedDate = ev.target;
        }
    }

    onQuickKeydown(ev) {
        if (ev.key !== "Enter" || ev.isComposing || ev.defaultPrevented || ev.altKey || ev.ctrlKey || ev.shiftKey) {
            return;
        }
        const dialogs = document.querySelectorAll(".modal:not(.o_inactive_modal)");
        const dialog = dialogs[dialogs.length - 1];
        const isHere = dialog && (dialog.contains(ev.target) || ev.target === document.body);
        if (!isHere || !dialog.querySelector(".o_hospital_quick_form")) {
            return;
        }
        if (this.typedDate === ev.target) {
            this.typedDate = null; // the first Enter takes the time that was typed, the next one confirms
            return;
        }
        // a date shows as a button until it is edited
        const isOther = ev.target.closest("textarea, button:not([data-field]), a, .dropdown-menu");
        if (isOther || document.querySelector(".o-autocomplete--dropdown-menu")) {
            return;
        }
        const confirm = dialog.querySelector("footer button[name=action_confirm]:not([disabled])");
        if (confirm) {
            ev.preventDefault();
            ev.stopPropagation();
            confirm.focus(); // the field being typed in takes its value first
            confirm.click();
        }
    }

    get className() {
        return { ...super.className, o_hospital_quick_form: true };
    }
}

registry.category("views").add("hospital_quick_form", { ...formView, Controller: QuickFormController });
