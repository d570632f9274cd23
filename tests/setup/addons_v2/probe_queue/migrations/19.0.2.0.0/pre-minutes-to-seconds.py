def migrate(cr, version):
    cr.execute("ALTER TABLE probe_queue RENAME COLUMN minutes TO seconds")
    cr.execute("UPDATE probe_queue SET seconds = seconds * 60")
