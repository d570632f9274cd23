import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/** A state has the same colour here as everywhere else: what went well is green, what failed is red. */
const COLOURS = {
    done: "#69bf83",
    pending: "#9bc7e4",
    sending: "#5aa9d6",
    retry: "#b9a3d8",
    unknown: "#f5b342",
    refused: "#dc3545",
    dead: "#8f1d2a",
    closed: "#a7adb3",
};

export class MessageGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            const colour = COLOURS[stateOf(dataset)];
            if (colour) {
                dataset.backgroundColor = colour;
            }
        }
        return data;
    }
}

/** The state all bars of a dataset share, if it is made by state. */
function stateOf(dataset) {
    for (const domain of dataset.domains || []) {
        const leaf = domain.find((part) => Array.isArray(part) && part[0] === "state" && part[1] === "=");
        if (leaf) {
            return leaf[2];
        }
    }
    return undefined;
}

registry.category("views").add("hospital_message_graph", { ...graphView, Renderer: MessageGraphRenderer });
