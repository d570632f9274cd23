import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 240;
const HEIGHT = 44;
const GAP = 2;

/** The last 24 hours of a platform: a bar per hour for what was done and what was not, a line for the answer time. */
export class BoardField extends Component {
    static template = "hospital_exchange.BoardField";
    static props = { ...standardFieldProps };

    setup() {
        this.width = WIDTH;
        this.height = HEIGHT;
    }

    get board() {
        return this.props.record.data[this.props.name] || { hours: [], total: 0 };
    }

    get bars() {
        const { hours } = this.board;
        const most = Math.max(1, ...hours.map((hour) => hour.done + hour.failed));
        const step = WIDTH / (hours.length || 1);
        return hours.map((hour, index) => {
            // what failed is always to be seen, however small beside what was done
            const failed = hour.failed ? Math.max(3, (hour.failed / most) * HEIGHT) : 0;
            const done = hour.done ? Math.max(1.5, (hour.done / most) * HEIGHT) : 0;
            const scale = Math.min(1, HEIGHT / (failed + done || 1));
            return {
                index,
                x: index * step,
                width: step - GAP,
                done: done * scale,
                failed: failed * scale,
                title: this.titleOf(hour, hours.length - index),
            };
        });
    }

    titleOf(hour, age) {
        const when = age === 1 ? _t("In the last hour") : _t("%s hours ago", age - 1);
        const text = _t("%(when)s: %(done)s done, %(failed)s failed", { when, done: hour.done, failed: hour.failed });
        return hour.ms ? `${text}, ${formatDuration(hour.ms)}` : text;
    }

    /** Points of the answer time, cut where an hour had no answer. */
    get lines() {
        const { hours } = this.board;
        const slowest = Math.max(1, ...hours.map((hour) => hour.ms || 0));
        const step = WIDTH / (hours.length || 1);
        const lines = [[]];
        hours.forEach((hour, index) => {
            if (!hour.ms) {
                lines.push([]);
            } else {
                const y = HEIGHT - 2 - (hour.ms / slowest) * (HEIGHT - 6);
                lines.at(-1).push(`${(index * step + step / 2).toFixed(1)},${y.toFixed(1)}`);
            }
        });
        return lines.filter((points) => points.length > 1).map((points) => points.join(" "));
    }

    get rate() {
        return this.board.rate === null || this.board.rate === undefined ? "–" : `${this.board.rate} %`;
    }

    get rateTone() {
        const { rate } = this.board;
        if (rate === null || rate === undefined) {
            return "text-muted";
        }
        return rate >= 99 ? "text-success" : rate >= 95 ? "text-warning" : "text-danger";
    }

    get duration() {
        return this.board.ms ? formatDuration(this.board.ms) : "–";
    }

    get total() {
        return formatInteger(this.board.total || 0);
    }
}

function formatDuration(ms) {
    return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

registry.category("fields").add("hospital_exchange_board", {
    component: BoardField,
    supportedTypes: ["json"],
    displayName: _t("Last 24 hours"),
});
