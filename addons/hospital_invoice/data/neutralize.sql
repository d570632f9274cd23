-- a copy of the database issues nothing that is not issued yet, and makes no bill of its own
UPDATE ir_cron SET active = false WHERE id IN (
    SELECT res_id FROM ir_model_data
     WHERE module = 'hospital_invoice' AND model = 'ir.cron'
       AND name IN ('ir_cron_invoice_follow_up', 'ir_cron_invoice_check')
);
