import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

/** Payments by phone: asked for, waited for, given up. What became of one is always asked of the server. */
export const withPhonePayment = (Base) =>
    class extends Base {
        async payByPhone(channel, way, amount, code) {
            await this.run(async () => {
                const tenders = [...this.plain(), { channel_id: channel.id, amount, way }];
                if (amount < this.left) {
                    const cash = this.state.desk.channels.find((found) => found.kind === "cash");
                    tenders.push({ channel_id: cash.id });
                }
                const answer = await this.guarded(() => this.ask(tenders));
                if (!answer) {
                    return;
                }
                this.state.entry = null;
                this.state.waiting = { settlement: answer.settlement, channel, way, amount, status: null };
                const method = way === "code" ? "pay_code" : "pay_qr";
                const args = way === "code" ? [answer.settlement.id, code] : [answer.settlement.id];
                let status;
                try {
                    status = await this.orm.call("hospital.cash.desk", method, args);
                } catch (error) {
                    this.wait(); // what became of it is found out, whatever went wrong here
                    throw error;
                }
                await this.take(status);
            });
        }

        async take(status) {
            if (!this.state.waiting) {
                return;
            }
            this.state.waiting.status = { ...this.state.waiting.status, ...status };
            if (status && !status.is_over) {
                this.wait();
                return;
            }
            const settlement = await this.orm.call("hospital.cash.desk", "look", [this.state.waiting.settlement.id]);
            if (settlement.state === "done") {
                await this.finish(settlement);
                return;
            }
            const sentence = status?.business_error || status?.error || _t("The payment did not come about.");
            this.state.waiting = null;
            await this.reload();
            this.complain(sentence);
        }

        wait() {
            browser.clearTimeout(this.timer);
            const seconds = Math.min(this.state.waiting.channel.every || 5, 5);
            this.timer = browser.setTimeout(() => this.poll(), seconds * 1000);
        }

        async poll() {
            const waiting = this.state.waiting;
            if (!waiting) {
                return;
            }
            try {
                await this.take(await this.orm.silent.call("hospital.cash.desk", "poll", [waiting.settlement.id]));
            } catch (error) {
                if (this.state.waiting) {
                    this.wait();
                }
                throw error;
            }
        }

        async giveUpWaiting() {
            await this.run(async () => {
                browser.clearTimeout(this.timer);
                await this.take(await this.orm.call("hospital.cash.desk", "drop", [this.state.waiting.settlement.id]));
            });
        }

        async goOnWaiting() {
            const begun = this.begun;
            const channel = this.onlineChannels[0];
            this.state.waiting = { settlement: begun, channel, way: "", amount: begun.left, status: null };
            await this.poll();
        }
    };
