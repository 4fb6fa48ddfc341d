"""What the figures ask often is kept ready.

`measured` holds one line of numbers for every study whose reading may be shown, kept by the database itself in the
transaction of whatever changes it: a withdrawal takes the line away in the moment it hides the reading. The application
reads it and cannot write it.
"""

from alembic import op

revision, down_revision = "0009", "0008"

VITALS = (
    "temperature_c", "spo2_pct", "heart_rate_bpm", "resp_rate_bpm", "glucose_mmol_l", "white_cells_g_l", "crp_mg_l",
    "ddimer_mg_l", "lactate_mmol_l", "days_since_onset",
)
PRESSURES = ("systolic_mmhg", "diastolic_mmhg")
FINDINGS = (
    "atelectasis", "cardiomegaly", "consolidation", "edema", "effusion", "emphysema", "fibrosis", "hernia",
    "infiltration", "mass", "nodule", "pleural_thickening", "pneumonia", "pneumothorax",
)
_COLUMNS = ("age", *VITALS, *PRESSURES, "pathology", *FINDINGS)
_NUMBERS = ",\n    ".join(f"{name} double precision" for name in _COLUMNS)
# Four decimals: more than any screen shows, and ranks of a million studies come from ten thousand values.
_ROUNDED = ",\n    ".join(f"round((said.p->>'{code}')::numeric, 4)::float8" for code in FINDINGS)
_HELD = ",\n    ".join(f"(stood.held->>'{code}')::float8" for code in (*VITALS, *PRESSURES))
_LIST = ", ".join(f"'{code}'" for code in PRESSURES)

_TABLES = f"""
CREATE TABLE measured (
    study_uid text COLLATE "C" PRIMARY KEY REFERENCES study ON DELETE CASCADE,
    site text NOT NULL,
    sex text NOT NULL,
    studied_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    {_NUMBERS}
);
-- Counts the changes of `measured`: what was summed under one number still holds while it stands.
CREATE TABLE measured_stamp (
    line smallint PRIMARY KEY CHECK (line = 1),
    changes bigint NOT NULL
);
INSERT INTO measured_stamp VALUES (1, 0);
CREATE INDEX measured_studied ON measured (studied_at);
CREATE INDEX measured_read ON measured (read_at);

-- How many words of a draft a reader changed, counted when the report was signed: later the draft may be gone.
CREATE TABLE draft_use (
    study_uid text COLLATE "C" NOT NULL REFERENCES study ON DELETE CASCADE,
    version integer NOT NULL,
    words integer NOT NULL CHECK (words > 0),
    changed integer NOT NULL CHECK (changed BETWEEN 0 AND words),
    PRIMARY KEY (study_uid, version)
);

CREATE INDEX reading_read_at ON reading (read_at);
CREATE INDEX status_change_alone ON status_change (changed_at) WHERE status = 'unranked';
CREATE INDEX audit_event_failed ON audit_event (recorded_at) WHERE outcome = 'failed';
CREATE INDEX audit_event_agent ON audit_event (agent, recorded_at);
CREATE INDEX consent_signed ON consent (signed_at);
"""

# The same as triage.vitals.standing and triage.study.Patient.age_at; tests/db/test_correlations.py holds them together.
_KEPT = f"""
CREATE FUNCTION keep_measured(uids text[]) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DELETE FROM measured WHERE study_uid IN (SELECT unnest(uids));
INSERT INTO measured
SELECT study.study_uid, study.patient_issuer, study.sex, study.studied_at, answer.read_at,
    CASE WHEN study.birth_date <= taken.day
        THEN extract(year FROM age(taken.day::timestamp, study.birth_date::timestamp))::float8 END,
    {_HELD},
    round(answer.pathology_probability::numeric, 4)::float8,
    {_ROUNDED}
FROM study
CROSS JOIN LATERAL (SELECT (study.studied_at AT TIME ZONE 'UTC')::date AS day) AS taken
JOIN LATERAL (
    SELECT findings, pathology_probability, read_at FROM reading
    WHERE reading.study_uid = study.study_uid AND hidden_at IS NULL ORDER BY number DESC LIMIT 1
) AS answer ON true
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(f->>'code', f->'probability') AS p FROM jsonb_array_elements(answer.findings) AS f
) AS said
CROSS JOIN LATERAL (
    WITH recent AS (
        SELECT * FROM vitals WHERE vitals.study_uid = study.study_uid AND measured_at >=
            (SELECT max(w.measured_at) FROM vitals AS w WHERE w.study_uid = study.study_uid) - interval '24 hours'
    )
    SELECT coalesce((
        SELECT jsonb_object_agg(m.key, m.value ORDER BY measured_at, number)
        FROM recent, jsonb_each(measurements) AS m WHERE m.key NOT IN ({_LIST})
    ), jsonb_build_object()) || coalesce((
        SELECT jsonb_build_object('systolic_mmhg', measurements->'systolic_mmhg',
            'diastolic_mmhg', measurements->'diastolic_mmhg')
        FROM recent WHERE jsonb_exists_any(measurements, ARRAY[{_LIST}])
        ORDER BY measured_at DESC, number DESC LIMIT 1
    ), jsonb_build_object()) AS held
) AS stood
WHERE study.study_uid IN (SELECT unnest(uids));
$$;

CREATE FUNCTION measure_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM keep_measured(ARRAY(SELECT DISTINCT study_uid FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE measured_stamp SET changes = changes + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER measured_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON measured
    FOR EACH STATEMENT EXECUTE FUNCTION count_change();
REVOKE ALL ON FUNCTION keep_measured(text[]) FROM PUBLIC;
CREATE TRIGGER reading_measured AFTER INSERT ON reading
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION measure_again();
CREATE TRIGGER reading_hidden AFTER UPDATE ON reading
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION measure_again();
CREATE TRIGGER vitals_measured AFTER INSERT ON vitals
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION measure_again();
SELECT keep_measured(ARRAY(SELECT DISTINCT study_uid FROM reading WHERE hidden_at IS NULL));
"""

_RIGHTS = """
GRANT SELECT ON measured, measured_stamp TO firstread_app;
GRANT SELECT, INSERT ON draft_use TO firstread_app;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_KEPT)
    op.execute(_RIGHTS)
