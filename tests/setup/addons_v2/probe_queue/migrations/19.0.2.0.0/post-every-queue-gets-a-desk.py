def migrate(cr, version):
    cr.execute("INSERT INTO probe_desk (name, queue_id) SELECT 'Desk of ' || name, id FROM probe_queue")
    cr.execute("ALTER TABLE probe_queue DROP COLUMN colour")
