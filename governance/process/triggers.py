"""What the database itself refuses, whoever writes: for governance's migration of them.

- a case changes state only by the decision that says so, one revision at a time;
- a track begins at its first status, and changes it only by a decision that moves it;
- a delegate's decision names a delegation of that person, for that step, by the establishment that
  decides, valid that instant;
- a decision, its facts, its place in the ledger are never changed nor removed;
- facts stand under the hash of their bytes;
- a non-conformity stays, and is closed by its own article, satisfied;
- a vote that is closed and minutes that are approved stay.

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
    "governance_incidentmeasure",
    "governance_minutespaper",
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

# An establishment called in by amendment begins out of the perimeter; a route without a body to ask
# begins with its evidence to be gathered.
TRACK_STATUS = """
CREATE FUNCTION governance_track_moves_by_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided governance_decision%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.decision_id IS NOT NULL
           OR NEW.status NOT IN ('asked', 'left', 'unset', 'awaited', 'due', 'gathering', 'made')
        THEN
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

# An appeal is judged under a delegation of another establishment when its own has no judge.
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
           AND (d.establishment_id = coalesce(t.establishment_id, c.lead_id) OR t.kind = 'appeal')
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

NONCONFORMITY = """
CREATE FUNCTION governance_nonconformity_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    judged governance_case%ROWTYPE;
    in_use boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a non-conformity stays: it is never deleted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO judged FROM governance_case WHERE id = NEW.case_id;
    in_use := judged.state IN ('authorised', 'access', 'suspended');
    IF TG_OP = 'INSERT' THEN
        IF NEW.mended_at IS NOT NULL OR NEW.lapsed_at IS NOT NULL OR NEW.bitten_at IS NOT NULL
           OR NOT in_use OR NEW.found->'holds' = 'true' OR NEW.found->>'clause' <> NEW.clause THEN
            RAISE EXCEPTION 'a non-conformity begins open, by the verdict that it found'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.mended_at IS NOT NULL OR OLD.lapsed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a non-conformity that is closed stays as it is'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.case_id, NEW.clause, NEW.article, NEW.subject, NEW.found_at, NEW.found,
        NEW.found_facts_id, NEW.bites_at) <> (OLD.case_id, OLD.clause, OLD.article, OLD.subject,
        OLD.found_at, OLD.found, OLD.found_facts_id, OLD.bites_at)
       OR NEW.establishment_id IS DISTINCT FROM OLD.establishment_id
       OR NEW.member_id IS DISTINCT FROM OLD.member_id
       OR (OLD.bitten_at IS NOT NULL AND (NEW.bitten_at IS DISTINCT FROM OLD.bitten_at
           OR NEW.bitten_by_id IS DISTINCT FROM OLD.bitten_by_id)) THEN
        RAISE EXCEPTION 'what was found of a non-conformity does not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.bitten_by_id IS DISTINCT FROM OLD.bitten_by_id AND NOT EXISTS (
        SELECT FROM governance_decision d
        WHERE d.id = NEW.bitten_by_id AND d.case_id = NEW.case_id AND d.step = 'block'
          AND NEW.article = ANY (d.articles)) THEN
        RAISE EXCEPTION 'a request is blocked by a decision that names the article'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.mended_at IS NOT NULL AND (NEW.mended->'holds' IS DISTINCT FROM 'true'::jsonb
       OR NEW.mended->>'clause' IS DISTINCT FROM NEW.clause
       OR NEW.mended->>'of' IS DISTINCT FROM NEW.found->>'of') THEN
        RAISE EXCEPTION 'a non-conformity is closed by its own article, satisfied'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lapsed_because = 'ended' AND in_use THEN
        RAISE EXCEPTION 'data are still in use' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lapsed_because = 'left' AND (
        NEW.subject = 'request'
        OR EXISTS (SELECT FROM governance_track t WHERE t.case_id = NEW.case_id AND t.kind = 'site'
            AND t.establishment_id = NEW.establishment_id AND t.status IN ('delivered', 'opened'))
        OR EXISTS (SELECT FROM governance_participation p WHERE p.case_id = NEW.case_id
            AND p.person_id = NEW.member_id AND p.until IS NULL
            AND p.part IN ('holder', 'writer', 'member', 'referent', 'director'))) THEN
        RAISE EXCEPTION 'who is at fault is still of the request'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_nonconformity_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_nonconformity FOR EACH ROW EXECUTE FUNCTION governance_nonconformity_stays();
CREATE TRIGGER governance_nonconformity_no_truncate BEFORE TRUNCATE ON governance_nonconformity
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
"""

NONCONFORMITY_REVERSE = """
DROP TRIGGER governance_nonconformity_no_truncate ON governance_nonconformity;
DROP TRIGGER governance_nonconformity_stays ON governance_nonconformity;
DROP FUNCTION governance_nonconformity_stays();
"""

BLOCK_JUDGED = """
CREATE FUNCTION governance_block_judged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one governance_nonconformity%ROWTYPE;
    before governance_blockjudgement%ROWTYPE;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        IF TG_OP = 'DELETE' OR OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL
           OR (NEW.nonconformity_id, NEW.index, NEW.kind, NEW.by_id, NEW.delegation_id, NEW.at)
              <> (OLD.nonconformity_id, OLD.index, OLD.kind, OLD.by_id, OLD.delegation_id, OLD.at)
        THEN
            RAISE EXCEPTION 'what a delegate answered stays, but for its words'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO one FROM governance_nonconformity WHERE id = NEW.nonconformity_id;
    IF one.subject = 'request' OR one.bitten_at IS NULL
       OR one.mended_at IS NOT NULL OR one.lapsed_at IS NOT NULL THEN
        RAISE EXCEPTION 'only an access that a non-conformity closes is judged'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO before FROM governance_blockjudgement
        WHERE nonconformity_id = NEW.nonconformity_id ORDER BY index DESC LIMIT 1;
    IF NEW.index <> coalesce(before.index, 0) + 1 OR NEW.kind = before.kind THEN
        RAISE EXCEPTION 'a judgement says another thing than the one before it'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM governance_delegation d JOIN governance_case c ON c.id = one.case_id
        WHERE d.id = NEW.delegation_id
          AND d.person_id = NEW.by_id
          AND CASE NEW.kind WHEN 'lifted' THEN 'resume' ELSE 'confirm_suspension' END
              = ANY (d.steps)
          AND d.since <= NEW.at AND NEW.at < d.until
          AND (d.revoked_at IS NULL OR d.revoked_at > NEW.at)
          AND d.establishment_id = coalesce(one.establishment_id, c.lead_id)) THEN
        RAISE EXCEPTION 'a delegate judges only under a valid delegation for that decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_block_judged BEFORE INSERT OR UPDATE OR DELETE
    ON governance_blockjudgement FOR EACH ROW EXECUTE FUNCTION governance_block_judged();
CREATE TRIGGER governance_block_judged_no_truncate BEFORE TRUNCATE ON governance_blockjudgement
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
"""

BLOCK_JUDGED_REVERSE = """
DROP TRIGGER governance_block_judged_no_truncate ON governance_blockjudgement;
DROP TRIGGER governance_block_judged ON governance_blockjudgement;
DROP FUNCTION governance_block_judged();
"""

CLOSED_VOTES = """
CREATE FUNCTION governance_closed_vote_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    voted bigint;
BEGIN
    voted := CASE TG_OP WHEN 'DELETE' THEN OLD.item_id ELSE NEW.item_id END;
    IF EXISTS (SELECT 1 FROM governance_item WHERE id = voted AND vote_closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a vote that is closed stays: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_vote FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_secretvoter FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_secretballot FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE FUNCTION governance_vote_of_an_opinion_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decision_id IS NOT NULL AND (NEW.decision_id IS DISTINCT FROM OLD.decision_id
       OR NEW.vote_closed_at IS DISTINCT FROM OLD.vote_closed_at
       OR NEW.secret <> OLD.secret) THEN
        RAISE EXCEPTION 'the vote that gave an opinion stays closed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_vote_of_an_opinion_stays_closed BEFORE UPDATE
    ON governance_item FOR EACH ROW
    EXECUTE FUNCTION governance_vote_of_an_opinion_stays_closed();
"""

CLOSED_VOTES_REVERSE = """
DROP TRIGGER governance_vote_of_an_opinion_stays_closed ON governance_item;
DROP FUNCTION governance_vote_of_an_opinion_stays_closed();
DROP TRIGGER governance_closed_vote_stays ON governance_vote;
DROP TRIGGER governance_closed_vote_stays ON governance_secretvoter;
DROP TRIGGER governance_closed_vote_stays ON governance_secretballot;
DROP FUNCTION governance_closed_vote_stays();
"""

CHARTER_VOICES = """
CREATE FUNCTION governance_charter_voice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    voted bigint;
BEGIN
    voted := CASE TG_OP WHEN 'DELETE' THEN OLD.proposal_id ELSE NEW.proposal_id END;
    IF NOT EXISTS (
        SELECT 1 FROM governance_charterproposal WHERE id = voted AND state = 'tabled') THEN
        RAISE EXCEPTION 'a version is voted while it is before its session: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER governance_charter_voice_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_chartervoice FOR EACH ROW EXECUTE FUNCTION governance_charter_voice_stays();
CREATE TRIGGER governance_charter_voice_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_charterballot FOR EACH ROW EXECUTE FUNCTION governance_charter_voice_stays();
"""

CHARTER_VOICES_REVERSE = """
DROP TRIGGER governance_charter_voice_stays ON governance_charterballot;
DROP TRIGGER governance_charter_voice_stays ON governance_chartervoice;
DROP FUNCTION governance_charter_voice_stays();
"""

MINUTES = """
CREATE FUNCTION governance_approved_minutes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'minutes begin as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'approved' OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'approved minutes stay: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.session_id <> OLD.session_id OR NEW.version <> OLD.version
       OR (NEW.state = 'approved' AND (OLD.state <> 'submitted' OR NEW.account <> OLD.account
           OR NEW.remarks <> OLD.remarks)) THEN
        RAISE EXCEPTION 'what is approved is what was submitted' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_approved_minutes_stay BEFORE INSERT OR UPDATE OR DELETE
    ON governance_minutes FOR EACH ROW EXECUTE FUNCTION governance_approved_minutes_stay();
CREATE TRIGGER governance_minutes_no_truncate BEFORE TRUNCATE ON governance_minutes
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
"""

MINUTES_REVERSE = """
DROP TRIGGER governance_minutes_no_truncate ON governance_minutes;
DROP TRIGGER governance_approved_minutes_stay ON governance_minutes;
DROP FUNCTION governance_approved_minutes_stay();
"""

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
    migrations.RunSQL(NONCONFORMITY, NONCONFORMITY_REVERSE),
    migrations.RunSQL(CLOSED_VOTES, CLOSED_VOTES_REVERSE),
    migrations.RunSQL(MINUTES, MINUTES_REVERSE),
]
