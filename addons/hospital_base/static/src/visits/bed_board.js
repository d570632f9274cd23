import { onWillStart, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

const REFRESH_MS = 60000;

/** The ward board: counts on top, beds as cards, fresh every minute while nobody has a window open. */
export class BedBoardRenderer extends KanbanRenderer {
    static template = "hospital_base.BedBoard";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.summary = useState({});
        this.counted = this.shown;
        onWillStart(() => this.loadSummary());
        useEffect(
            (shown) => {
                if (shown !== this.counted) {
                    this.counted = shown;
                    this.loadSummary();
                }
            },
            () => [this.shown]
        );
        const timer = browser.setInterval(() => this.refresh(), REFRESH_MS);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    /** The name of the ward is on the cards only while several wards are shown. */
    get severalWards() {
        return new Set(this.props.list.records.map((record) => record.data.ward_id?.id)).size > 1;
    }

    /** What the counts depend on: the selection and who lies in which bed. */
    get shown() {
        const cards = this.props.list.records.map(({ resId, data }) => [resId, data.state, data.board_card]);
        return JSON.stringify([this.props.list.domain, cards]);
    }

    async loadSummary() {
        const summary = await this.orm.silent.call("hospital.bed", "board_summary", [this.props.list.domain]);
        Object.assign(this.summary, summary);
    }

    async refresh() {
        if (document.visibilityState === "visible" && !document.querySelector(".modal, .o-dropdown--menu")) {
            await this.props.list.model.load();
        }
    }
}

registry.category("views").add("hospital_bed_board", { ...kanbanView, Renderer: BedBoardRenderer });
