import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAUSE = 1000; // while others have the cards that are left at hand

/** Carries out a batch chunk after chunk and shows how far it is. */
export class RefundProgress extends Component {
    static template = "hospital_payment.RefundProgress";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { batch_id, total } = this.props.action.params;
        this.batchId = batch_id;
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
            const { left, action } = await this.orm.call("hospital.refund.batch", "run_next", [[this.batchId]]);
            const done = this.state.total - left;
            if (left && done <= this.state.done) {
                await new Promise((resolve) => setTimeout(resolve, PAUSE));
            }
            this.state.done = done;
            if (action) {
                if (!this.stopped) {
                    await this.action.doAction(action, { clearBreadcrumbs: false });
                }
                return;
            }
        }
    }
}

registry.category("actions").add("hospital_refund_progress", RefundProgress);
