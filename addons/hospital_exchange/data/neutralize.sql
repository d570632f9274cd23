-- a copy of the database calls nobody and holds no secret of anybody
UPDATE hospital_platform SET mode = 'disabled' WHERE mode <> 'sandbox';
UPDATE hospital_secret SET value_encrypted = NULL, set_at = NULL;
DO $$
DECLARE
    name text;
BEGIN -- what the roles of others could read in the first database they could read in its copy
    FOR name IN SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'hospital_view_') LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END $$;
