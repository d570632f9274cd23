import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Posts chunk after chunk and shows how far it is. Closing it stops after the chunk that runs; what is posted stays. */
export class NursingProgress extends Component {
    static template = "hospital_nursing_billing.NursingProgress";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { check_id, total } = this.props.action.params;
        this.checkId = check_id;
        this.state = useState({ total, done: 0 });
        this.stopped = false;
        onMounted(() => this.run());
        onWillUnmount(() => {
            this.stopped = true;
        });
    }

    get percent() {
        return this.state.total ? Math.round((100 * this.state.done) / this.state.total) : 100;
    }

    async run() {
        while (!this.stopped) {
            const { left, action } = await this.orm.call("hospital.nursing.check", "post_next", [[this.checkId]]);
            this.state.done = this.state.total - left;
            if (action) {
                if (!this.stopped) {
                    await this.action.doAction(action);
                }
                return;
            }
        }
    }
}

registry.category("actions").add("hospital_nursing_progress", NursingProgress);
