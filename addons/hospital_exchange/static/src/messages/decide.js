import { Component, onMounted, onWillDestroy, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

const WIZARD = "hospital.message.decision";

/** Decides about many messages chunk by chunk, so that what is decided stays decided and the person sees how far it is. */
export class DecideMany extends Component {
    static template = "hospital_exchange.DecideMany";
    static components = { Dialog };
    static props = { wizardId: Number, total: Number, close: Function, onEnd: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ left: this.props.total, stopped: false });
        onMounted(() => this.run());
        onWillDestroy(() => this.stop()); // who closes the window wants no more of it
    }

    get title() {
        return _t("Deciding about %s messages", this.props.total);
    }

    get percent() {
        return Math.round((100 * (this.props.total - this.state.left)) / this.props.total);
    }

    get done() {
        return this.props.total - this.state.left;
    }

    async run() {
        try {
            while (this.state.left && !this.state.stopped) {
                this.state.left = await this.orm.silent.call(WIZARD, "decide_some", [[this.props.wizardId]]);
            }
            this.props.onEnd(await this.orm.call(WIZARD, "finish", [[this.props.wizardId]]));
        } finally {
            this.props.close();
        }
    }

    stop() {
        this.state.stopped = true;
    }
}

registry.category("actions").add("hospital_exchange_decide", (env, action, options) => {
    env.services.dialog.add(DecideMany, {
        wizardId: action.params.wizard_id,
        total: action.params.total,
        onEnd: (next) => env.services.action.doAction(next, options),
    });
});
