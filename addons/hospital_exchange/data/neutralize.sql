-- a copy of the database calls nobody and holds no secret of anybody
UPDATE hospital_platform SET mode = 'disabled' WHERE mode <> 'sandbox';
UPDATE hospital_secret SET value_encrypted = NULL, set_at = NULL;
