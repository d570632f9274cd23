import { registry } from "@web/core/registry";
import { download } from "@web/core/network/download";

/** Downloads a file the server makes; what it refuses is shown as a dialog. */
async function downloadAction(env, action) {
    env.services.ui.block();
    try {
        await download({ url: action.params.url, data: action.params.data || {} });
    } finally {
        env.services.ui.unblock();
    }
    return action.params.next;
}

registry.category("actions").add("hospital_download", downloadAction);
