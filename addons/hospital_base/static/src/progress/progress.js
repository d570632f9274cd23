import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAUSE = 1000; // while others have what is left at hand

/**
 * Has a record do its work chunk after chunk and shows how far it is. Closing it stops after the chunk that runs.
 *
 * Parameters: `model`, `res_id`, `method` (does one chunk; `{left, action}`: how many wait, and what to show when none
 * does), `total`, `unit` (what is counted) and `hint` (what closing the window means).
 */
export class Progress extends Component {
    static template = "hospital_base.Progress";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.params = this.props.action.params;
        this.state = useState({ total: this.params.total, done: 0 });
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
        const { model, method, res_id } = this.params;
        while (!this.stopped) {
            const { left, action } = await this.orm.call(model, method, [[res_id]]);
            const done = this.state.total - left;
            if (left && done <= this.state.done) {
                await new Promise((resolve) => setTimeout(resolve, PAUSE));
            }
            this.state.done = done;
            if (action) {
                if (!this.stopped) {
                    await this.action.doAction(action);
                }
                return;
            }
        }
    }
}

registry.category("actions").add("hospital_progress", Progress);
