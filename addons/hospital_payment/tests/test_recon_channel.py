from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .channel_common import ChannelCase


@tagged("post_install", "-at_install")
class TestReconChannel(ChannelCase):
    """The bill comes from the far side of each channel, over the whole road of the exchange."""

    @proves("S2-7.6")
    def test_fetched_and_matched(self):
        campus = self.env["hospital.campus"].create({"name": "取账院区", "code": "RECONF"})
        day = self.env.company._hospital_today()
        self.env["hospital.pay.merchant"].search([("platform_id", "!=", False)]).active = False
        for channel in self.platforms:
            with self.subTest(channel=channel):
                merchant = self.env["hospital.pay.merchant"].create(
                    {
                        "name": channel,
                        "channel_id": self.env.ref(f"hospital_payment.channel_{channel}").id,
                        "campus_id": campus.id,
                        "platform_id": self.platforms[channel].id,
                    }
                )
                known, channel_number = self.paid(channel)
                unknown, _number = self.paid(channel, amount="5.00")
                self.env["hospital.pay.order"].create(
                    {
                        "number": known,
                        "business": "other",
                        "campus_id": campus.id,
                        "channel_id": merchant.channel_id.id,
                        "merchant_id": merchant.id,
                        "way": "code",
                        "amount": 12.34,
                        "state": "paid",
                        "paid_at": self.env.cr.now(),
                        "day": day,
                        "channel_number": channel_number,
                    }
                )
                recon = self.env["hospital.recon"]._for(merchant, day)
                recon._fetch(by_hand=True)
                self.assertEqual(recon.bill_id.source, "fetched")
                found = {item.our_number: item.kind for item in recon.item_ids}
                self.assertEqual(found.get(unknown), "only_theirs")
                self.assertNotIn(known, found)
                self.assertTrue(recon.bill_id.sha256)
