import { registry } from "@web/core/registry";
import { download } from "@web/core/network/download";
import { user } from "@web/core/user";
import { getReportUrl } from "@web/webclient/actions/reports/utils";

/**
 * The hospital's prints are made by the server itself: unlike Odoo's own handler, this one does not
 * ask for wkhtmltopdf first.
 */
async function hospitalReportHandler(action, options, env) {
    if (action.hospital_engine !== "weasyprint" || action.report_type !== "qweb-pdf") {
        return false;
    }
    env.services.ui.block();
    try {
        await download({
            url: "/report/download",
            data: {
                data: JSON.stringify([getReportUrl(action, "pdf"), action.report_type]),
                context: JSON.stringify({ ...user.context, ...action.context }),
            },
        });
    } finally {
        env.services.ui.unblock();
    }
    return true;
}

registry.category("ir.actions.report handlers").add("hospital_base.weasyprint", hospitalReportHandler);
