"""What the worklist asks often is kept ready."""

from alembic import op

revision, down_revision = "0006", "0005"

_PLACE = "due_at, study_uid"

# Words of a name, the same for the row and for what somebody types: no extension is needed.
_WORDS = """
CREATE FUNCTION name_words(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    array_to_tsvector(array_remove(regexp_split_to_array(lower(name), '[^[:alnum:]]+'), ''));
CREATE FUNCTION name_query(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
    SELECT CAST(string_agg('''' || word || ''':*', ' & ') AS tsquery)
    FROM unnest(regexp_split_to_array(lower(typed), '[^[:alnum:]]+')) AS word WHERE word <> '');

ALTER TABLE study
    ADD words tsvector NOT NULL GENERATED ALWAYS AS (name_words(patient_name)) STORED,
    ADD stage text NOT NULL GENERATED ALWAYS AS (CASE
        WHEN status IN ('received', 'identified', 'consented') THEN 'waiting'
        WHEN status IN ('read', 'ranked') THEN 'read'
        WHEN status = 'unranked' THEN 'person' ELSE 'done' END) STORED;
"""

# Without fastupdate a search never has to look through names that wait for the index.
_INDEXES = f"""
CREATE INDEX study_words_open ON study USING gin (words) WITH (fastupdate = off) WHERE waiting;
CREATE INDEX study_words_done ON study USING gin (words) WITH (fastupdate = off) WHERE NOT waiting;
CREATE INDEX study_accession_open ON study (accession_number text_pattern_ops) WHERE waiting;
CREATE INDEX study_urgency ON study (urgency, {_PLACE}) WHERE waiting;
CREATE INDEX study_modality ON study (modality, {_PLACE}) WHERE waiting;
CREATE INDEX study_stage ON study (stage, {_PLACE}) WHERE waiting;
CREATE INDEX study_waiting_since ON study (received_at) WHERE waiting;
CREATE INDEX study_claimed ON study (claimed_by) WHERE claimed_by IS NOT NULL;
DROP INDEX study_finished;
CREATE INDEX study_finished ON study (moved_at DESC, study_uid) WHERE NOT waiting;
"""

# Counting a million rows takes a third of a second; four rows are read at once. Writers take turns at the audit trail
# anyway, so nobody waits for these rows who would not wait there.
_COUNTS = """
CREATE TABLE open_count (
    urgency smallint PRIMARY KEY CHECK (urgency BETWEEN 0 AND 3),
    studies bigint NOT NULL CHECK (studies >= 0)
);
INSERT INTO open_count
    SELECT level, (SELECT count(*) FROM study WHERE waiting AND urgency = level) FROM generate_series(0, 3) AS level;

CREATE FUNCTION count_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE open_count o SET studies = o.studies + n.studies FROM (
            SELECT urgency, count(*) AS studies FROM now_rows WHERE waiting GROUP BY urgency) n
        WHERE o.urgency = n.urgency;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE open_count o SET studies = o.studies - n.studies FROM (
            SELECT urgency, count(*) AS studies FROM then_rows WHERE waiting GROUP BY urgency) n
        WHERE o.urgency = n.urgency;
    ELSE
        UPDATE open_count o SET studies = o.studies + n.studies FROM (
            SELECT urgency, sum(one) AS studies FROM (
                SELECT urgency, 1 AS one FROM now_rows WHERE waiting
                UNION ALL SELECT urgency, -1 FROM then_rows WHERE waiting) AS each
            GROUP BY urgency HAVING sum(one) <> 0) n
        WHERE o.urgency = n.urgency;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER study_counted_in AFTER INSERT ON study
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION count_open();
CREATE TRIGGER study_counted AFTER UPDATE ON study
    REFERENCING OLD TABLE AS then_rows NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION count_open();
CREATE TRIGGER study_counted_out AFTER DELETE ON study
    REFERENCING OLD TABLE AS then_rows FOR EACH STATEMENT EXECUTE FUNCTION count_open();
"""

# Who listens learns that a study changed and which, never how. A flood is told by its first few.
_NEWS = """
CREATE FUNCTION tell_study() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('worklist', study_uid) FROM (SELECT DISTINCT study_uid FROM now_rows LIMIT 20) AS told;
    RETURN NULL;
END $$;
CREATE TRIGGER study_told_in AFTER INSERT ON study
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_study();
CREATE TRIGGER study_told AFTER UPDATE ON study
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_study();
CREATE TRIGGER vitals_told AFTER INSERT ON vitals
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_study();

CREATE FUNCTION tell_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('worklist', told.study_uid) FROM (
        SELECT study_uid FROM study WHERE waiting AND (patient_value, patient_issuer) IN (
            SELECT c.patient_value, c.patient_issuer FROM consent c
            WHERE c.consent_id IN (SELECT n.consent_id FROM now_rows n)) LIMIT 20) AS told;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_told AFTER UPDATE ON consent
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_consent();
CREATE TRIGGER provision_told_in AFTER INSERT ON provision
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_consent();
CREATE TRIGGER provision_told AFTER UPDATE ON provision
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION tell_consent();
"""

_VIEWS = """
CREATE TABLE saved_view (
    subject text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    filter jsonb NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (subject, name)
);
"""

_RIGHTS = """
GRANT SELECT ON open_count TO firstread_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO firstread_app;
"""


def upgrade() -> None:
    for step in (_WORDS, _INDEXES, _COUNTS, _NEWS, _VIEWS, _RIGHTS):
        op.execute(step)
