import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useExchangeChanges } from "../changes";

const FIELDS = ["exchange_state", "exchange_banner"];
const OPEN = ["waiting", "unknown"];
const TONES = { waiting: "info", unknown: "warning", failed: "danger", done: "success" };

/** What became of the messages about this record, for forms of documents with `hospital.exchange.mixin`. */
export class HospitalExchangeBanner extends Component {
    static template = "hospital_exchange.Banner";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ state: "none", sentence: "", arrived: false, busy: false });
        onWillStart(async () => {
            this.isOperator = await user.hasGroup("hospital_exchange.group_exchange_operator");
        });
        useRecordObserver((record) => {
            const same = record.resId === this.resId;
            this.resId = record.resId;
            this.show(record.data.exchange_state, record.data.exchange_banner, same);
        });
        useExchangeChanges(() => this.isOpen && this.refresh());
    }

    get isOpen() {
        return this.resId && OPEN.includes(this.state.state);
    }

    get tone() {
        return TONES[this.state.state];
    }

    /** Success is worth a word only to who has seen it under way. */
    get isShown() {
        return this.state.state in TONES && (this.state.state !== "done" || this.state.arrived);
    }

    get sentence() {
        if (this.state.sentence) {
            return this.state.sentence;
        }
        return {
            waiting: _t("This is on its way to the other side. You need not wait for it."),
            unknown: _t("The other side gave no certain answer. Do not repeat this: it is being found out."),
            failed: _t("This did not get through."),
            done: _t("The other side has it."),
        }[this.state.state];
    }

    show(state, sentence, same) {
        this.state.arrived = same && state === "done" && (this.state.arrived || this.state.state !== "done");
        this.state.state = state || "none";
        this.state.sentence = sentence || "";
    }

    /** Ask past the form, so that nobody's typing is lost; the form follows when nothing was typed. */
    async refresh() {
        const { resModel, resId } = this.props.record;
        const before = this.state.state;
        const [values] = await this.orm.silent.read(resModel, [resId], FIELDS);
        if (!values || resId !== this.resId) {
            return;
        }
        this.show(values.exchange_state, values.exchange_banner, true);
        if (before !== this.state.state && !(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }

    /** Save first: what is sent is built from the record as it is corrected now. */
    async retry() {
        const { record } = this.props;
        this.state.busy = true;
        try {
            if (await record.save()) {
                await this.orm.call(record.resModel, "action_exchange_retry", [[record.resId]]);
                await this.refresh();
            }
        } finally {
            this.state.busy = false;
        }
    }

    async openMessages() {
        const { resModel, resId } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_exchange_messages", [[resId]]));
    }
}

registry.category("view_widgets").add("hospital_exchange_banner", {
    component: HospitalExchangeBanner,
    fieldDependencies: [
        { name: "exchange_state", type: "selection" },
        { name: "exchange_banner", type: "char" },
    ],
});
