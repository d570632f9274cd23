"""What was booked on a shift stays as it was counted: the database refuses a movement on a shift that is not open."""

from odoo.tools import SQL


def guard_shifts(env, table, booked=None):
    """Give ``table`` its trigger; for `init()` of a model with `shift_id` and `amount`.

    :param booked: the state in which a row of the table is money; without it every row is
    """
    env.cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION hospital_shift_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                booked text := TG_ARGV[0];
                found_state text;
            BEGIN
                IF NEW.shift_id IS NULL THEN
                    RETURN NEW;
                END IF;
                IF booked <> '' AND to_jsonb(NEW) ->> 'state' IS DISTINCT FROM booked THEN
                    RETURN NEW;
                END IF;
                IF TG_OP = 'UPDATE' AND NEW.shift_id IS NOT DISTINCT FROM OLD.shift_id
                    AND (booked = '' OR to_jsonb(OLD) ->> 'state' IS NOT DISTINCT FROM booked)
                    AND to_jsonb(NEW) ->> 'amount' IS NOT DISTINCT FROM to_jsonb(OLD) ->> 'amount'
                    AND to_jsonb(NEW) ->> 'due_total' IS NOT DISTINCT FROM to_jsonb(OLD) ->> 'due_total' THEN
                    RETURN NEW;
                END IF;
                -- shared: who counts the shift waits for us, and we for him
                SELECT state INTO found_state FROM hospital_shift WHERE id = NEW.shift_id FOR SHARE;
                IF found_state NOT IN ('open', 'reopened') THEN
                    RAISE EXCEPTION 'nothing is booked on a shift that is %%', found_state
                          USING ERRCODE = '23514', CONSTRAINT = 'hospital_shift_is_open';
                END IF;
                RETURN NEW;
            END $$;
            DROP TRIGGER IF EXISTS hospital_shift_guard ON %(table)s;
            CREATE TRIGGER hospital_shift_guard BEFORE INSERT OR UPDATE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION hospital_shift_guard(%(booked)s);
            """,
            table=SQL.identifier(table),
            booked=booked or "",
        )
    )
