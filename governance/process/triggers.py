"""What the database itself refuses, whoever writes: for governance's first migration, and for
those that say a trigger again.

- a case changes state only by the decision that says so, one revision at a time;
- a track begins at its first status, and changes it only by a decision that moves it;
- a delegate's decision names a delegation of that person, for that step, by the establishment that
  decides, valid that instant;
- a decision, its facts, its place in the ledger are never changed nor removed;
- facts stand under the hash of their bytes.

A draft's case, which has no decision, may be erased.
"""

from django.db import migrations

APPEND_ONLY_TABLES = (
    "governance_decision",
    "governance_factsblob",
    "governance_attestation",
    "governance_adoption",
    "governance_auditevent",
    "governance_accesslog",
)

REFUSE_CHANGE = """
CREATE FUNCTION governance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was decided stays: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION governance_refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
"""

APPEND_ONLY_REVERSE = """
DROP TRIGGER {table}_no_truncate ON {table};
DROP TRIGGER {table}_append_only ON {table};
"""

CASE_STATE = """
CREATE FUNCTION governance_case_moves_by_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided governance_decision%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.revision <> 0 OR NEW.state NOT IN ('draft', 'proposed') THEN
            RAISE EXCEPTION 'a case begins as a draft or a proposal, undecided'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state = OLD.state AND NEW.origins = OLD.origins AND NEW.revision = OLD.revision
       AND NEW.last_decision_id IS NOT DISTINCT FROM OLD.last_decision_id
       AND NEW.process = OLD.process THEN
        RETURN NEW;
    END IF;
    SELECT * INTO decided FROM governance_decision WHERE id = NEW.last_decision_id;
    IF decided.id IS NULL
       OR NEW.process <> OLD.process
       OR NEW.last_decision_id IS NOT DISTINCT FROM OLD.last_decision_id
       OR decided.case_id <> NEW.id
       OR decided.from_state <> OLD.state
       OR decided.to_state <> NEW.state
       OR decided.index <> NEW.revision
       OR NEW.revision <> OLD.revision + 1 THEN
        RAISE EXCEPTION 'a case changes state only by the decision that says so'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_case_moves_by_decision BEFORE INSERT OR UPDATE ON governance_case
    FOR EACH ROW EXECUTE FUNCTION governance_case_moves_by_decision();
"""

CASE_STATE_REVERSE = """
DROP TRIGGER governance_case_moves_by_decision ON governance_case;
DROP FUNCTION governance_case_moves_by_decision();
"""

TRACK_STATUS = """
CREATE FUNCTION governance_track_moves_by_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided governance_decision%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.decision_id IS NOT NULL
           OR NEW.status NOT IN ('asked', 'unset', 'awaited', 'due', 'made') THEN
            RAISE EXCEPTION 'a track begins at its first status, undecided'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status = OLD.status AND NEW.decision_id IS NOT DISTINCT FROM OLD.decision_id THEN
        RETURN NEW;
    END IF;
    SELECT * INTO decided FROM governance_decision WHERE id = NEW.decision_id;
    IF decided.id IS NULL
       OR NEW.decision_id IS NOT DISTINCT FROM OLD.decision_id
       OR decided.track_id IS DISTINCT FROM NEW.id
       OR decided.track_from <> OLD.status
       OR decided.track_to <> NEW.status THEN
        RAISE EXCEPTION 'a track moves only by the decision that says so'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_track_moves_by_decision BEFORE INSERT OR UPDATE ON governance_track
    FOR EACH ROW EXECUTE FUNCTION governance_track_moves_by_decision();
"""

TRACK_STATUS_REVERSE = """
DROP TRIGGER governance_track_moves_by_decision ON governance_track;
DROP FUNCTION governance_track_moves_by_decision();
"""

DELEGATED = """
CREATE FUNCTION governance_decision_under_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    valid boolean;
BEGIN
    IF NEW.delegation_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT d.person_id = NEW.by_id
           AND NEW.step = ANY (d.steps)
           AND d.since <= NEW.at AND NEW.at < d.until
           AND (d.revoked_at IS NULL OR d.revoked_at > NEW.at)
           AND d.establishment_id = coalesce(t.establishment_id, c.lead_id)
      INTO valid
      FROM governance_delegation d
      JOIN governance_case c ON c.id = NEW.case_id
      LEFT JOIN governance_track t ON t.id = NEW.track_id
     WHERE d.id = NEW.delegation_id;
    IF valid IS NOT TRUE THEN
        RAISE EXCEPTION 'a delegate decides only under a valid delegation for that decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_decision_under_delegation BEFORE INSERT ON governance_decision
    FOR EACH ROW EXECUTE FUNCTION governance_decision_under_delegation();
"""

DELEGATED_REVERSE = """
DROP TRIGGER governance_decision_under_delegation ON governance_decision;
DROP FUNCTION governance_decision_under_delegation();
"""

FACTS = """
ALTER TABLE governance_factsblob
    ADD CONSTRAINT facts_stand_under_their_hash CHECK ("sha256" = sha256("bytes"));
"""

FACTS_REVERSE = "ALTER TABLE governance_factsblob DROP CONSTRAINT facts_stand_under_their_hash;"

DELEGATED_FROM_THE_POOL = (
    "d.establishment_id = coalesce(t.establishment_id, c.lead_id)",
    "(d.establishment_id = coalesce(t.establishment_id, c.lead_id) OR t.kind = 'appeal')",
)
"""An appeal is judged under a delegation of another establishment when its own has no judge."""

TRACKS_BEGUN_OUTSIDE = (
    "('asked', 'unset', 'awaited', 'due', 'made')",
    "('asked', 'left', 'unset', 'awaited', 'due', 'gathering', 'made')",
)
"""An establishment called in by amendment begins out of the perimeter; a route without a body to
ask begins with its evidence to be gathered."""


def said_again(created: str, change: tuple[str, str]) -> migrations.RunSQL:
    """The function of the trigger that `created` makes, with the second wording of `change` for
    the first; and back."""
    function = created.partition("CREATE TRIGGER")[0]
    function = function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    return migrations.RunSQL(function.replace(*change), function)


PROCESS_TRIGGERS = [
    migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION governance_refuse_change();"),
    *(
        migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_REVERSE.format(table=table))
        for table in APPEND_ONLY_TABLES
    ),
    migrations.RunSQL(CASE_STATE, CASE_STATE_REVERSE),
    migrations.RunSQL(TRACK_STATUS, TRACK_STATUS_REVERSE),
    migrations.RunSQL(DELEGATED, DELEGATED_REVERSE),
    migrations.RunSQL(FACTS, FACTS_REVERSE),
]
