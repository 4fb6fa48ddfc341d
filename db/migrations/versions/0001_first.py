"""The first tables, and who may do what to them."""

from alembic import op

revision, down_revision = "0001", None

_TABLES = """
CREATE TABLE study (
    study_uid text COLLATE "C" PRIMARY KEY,
    patient_value text NOT NULL,
    patient_issuer text NOT NULL,
    patient_name text NOT NULL,
    birth_date date,
    sex text NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    accession_number text NOT NULL,
    modality text NOT NULL,
    studied_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    order_priority smallint NOT NULL CHECK (order_priority BETWEEN 0 AND 3),
    indication text NOT NULL,
    simulated boolean NOT NULL,
    status text NOT NULL CHECK (status IN (
        'received', 'identified', 'consented', 'read', 'ranked', 'unranked', 'signed', 'amended')),
    status_reason text NOT NULL,
    moved_at timestamptz NOT NULL,
    urgency smallint NOT NULL CHECK (urgency BETWEEN 0 AND 3),
    reasons jsonb NOT NULL,
    ai_negative boolean NOT NULL,
    claimed_by text,
    claimed_until timestamptz,
    later smallint NOT NULL GENERATED ALWAYS AS (3 - urgency) STORED,
    waiting boolean NOT NULL GENERATED ALWAYS AS (status NOT IN ('signed', 'amended')) STORED,
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
);
-- The worklist's order; the same as triage.worklist.Place.
CREATE INDEX study_place ON study (later, ai_negative, received_at, study_uid) WHERE waiting;
CREATE INDEX study_finished ON study (moved_at DESC) WHERE NOT waiting;
CREATE INDEX study_received ON study (received_at);
CREATE INDEX study_patient ON study (patient_value, patient_issuer, studied_at);
CREATE INDEX study_accession ON study (accession_number text_pattern_ops);

CREATE TABLE instance (
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    sop_instance_uid text COLLATE "C" PRIMARY KEY,
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    series_uid text NOT NULL,
    sha256 text NOT NULL,
    rows integer NOT NULL,
    columns integer NOT NULL,
    view text NOT NULL,
    media_type text NOT NULL
);
CREATE INDEX instance_study ON instance (study_uid, number);

CREATE TABLE status_change (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    status text NOT NULL,
    changed_at timestamptz NOT NULL,
    agent text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX status_change_study ON status_change (study_uid, number);

CREATE TABLE vitals (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    measured_at timestamptz NOT NULL,
    measurements jsonb NOT NULL,
    on_oxygen boolean,
    consciousness text,
    hypercapnic boolean NOT NULL
);
CREATE INDEX vitals_study ON vitals (study_uid, measured_at, number);

CREATE TABLE reading (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    findings jsonb NOT NULL,
    pathology_probability double precision CHECK (pathology_probability BETWEEN 0 AND 1),
    model_id text NOT NULL,
    model_sha256 text NOT NULL,
    model_bits integer NOT NULL,
    permit_id text NOT NULL CHECK (permit_id <> ''),
    input_sha256 text NOT NULL,
    read_at timestamptz NOT NULL,
    seconds jsonb NOT NULL,
    heatmap_sha256 text,
    note text NOT NULL,
    hidden_at timestamptz
);
CREATE INDEX reading_study ON reading (study_uid, number DESC) WHERE hidden_at IS NULL;

CREATE TABLE draft (
    reading bigint NOT NULL REFERENCES reading,
    style text COLLATE "C" NOT NULL,
    text text NOT NULL,
    writer text NOT NULL,
    removed jsonb NOT NULL,
    PRIMARY KEY (reading, style)
);

CREATE TABLE report (
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL,
    impression text NOT NULL,
    verdict text NOT NULL,
    signed_by text NOT NULL,
    signed_at timestamptz NOT NULL,
    style text,
    reason text NOT NULL,
    PRIMARY KEY (study_uid, version)
);
CREATE INDEX report_signed ON report (signed_at);

CREATE TABLE quarantine (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    reason text NOT NULL,
    sha256 text NOT NULL,
    kept_at timestamptz NOT NULL
);

CREATE TABLE consent (
    consent_id text COLLATE "C" PRIMARY KEY,
    patient_value text NOT NULL,
    patient_issuer text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'active', 'inactive', 'not-done', 'entered-in-error')),
    wording_version text NOT NULL,
    wording_sha256 text NOT NULL,
    language text NOT NULL,
    signed_name text NOT NULL,
    strokes_sha256 text NOT NULL,
    signed_at timestamptz NOT NULL
);
CREATE INDEX consent_patient ON consent (patient_value, patient_issuer, signed_at DESC);
-- One answer at a time: a second active consent of the same patient cannot exist.
CREATE UNIQUE INDEX consent_active ON consent (patient_value, patient_issuer) WHERE state = 'active';

CREATE TABLE provision (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    consent_id text COLLATE "C" NOT NULL REFERENCES consent,
    purpose text NOT NULL,
    permits boolean NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz
);
CREATE INDEX provision_consent ON provision (consent_id, number);

CREATE TABLE invitation (
    token_sha256 text COLLATE "C" PRIMARY KEY,
    patient_value text NOT NULL,
    patient_issuer text NOT NULL,
    birth_date date,
    expires_at timestamptz NOT NULL,
    tries_left smallint NOT NULL CHECK (tries_left BETWEEN 0 AND 5),
    used_at timestamptz
);
CREATE INDEX invitation_patient ON invitation (patient_value, patient_issuer) WHERE used_at IS NULL;

CREATE TABLE audit_event (
    sequence bigint PRIMARY KEY,
    agent text NOT NULL,
    action text NOT NULL,
    entity text NOT NULL,
    recorded_at timestamptz NOT NULL,
    patient_value text,
    patient_issuer text,
    purpose text NOT NULL,
    outcome text NOT NULL,
    detail text NOT NULL,
    previous_sha256 text NOT NULL,
    sha256 text NOT NULL
);
CREATE INDEX audit_event_recorded ON audit_event (recorded_at);

CREATE TABLE audit_head (
    trail smallint PRIMARY KEY CHECK (trail = 1),
    events bigint NOT NULL,
    sha256 text NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, repeat('0', 64));

-- The rights below already refuse this to the application; the trigger stops a slip of the owner's hand as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME; END $$;
CREATE TRIGGER audit_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON report
    EXECUTE FUNCTION refuse_change();

CREATE TABLE sign_in (
    sid text COLLATE "C" PRIMARY KEY,
    subject text NOT NULL,
    name text NOT NULL,
    roles jsonb NOT NULL,
    signed_in_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sign_in_subject ON sign_in (subject);

CREATE UNLOGGED TABLE word (
    study_uid text COLLATE "C" NOT NULL,
    style text COLLATE "C" NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (study_uid, style)
);
"""

_RIGHTS = """
GRANT USAGE ON SCHEMA public TO firstread_app;
GRANT SELECT ON alembic_version TO firstread_app;
GRANT SELECT, INSERT ON
    study, instance, status_change, vitals, reading, draft, report, quarantine,
    consent, provision, invitation, audit_event, sign_in TO firstread_app;
GRANT UPDATE (status, status_reason, moved_at, urgency, reasons, ai_negative, claimed_by, claimed_until)
    ON study TO firstread_app;
GRANT UPDATE (hidden_at) ON reading TO firstread_app;
GRANT UPDATE (text, writer, removed) ON draft TO firstread_app;
GRANT UPDATE (state) ON consent TO firstread_app;
GRANT UPDATE (ends_at) ON provision TO firstread_app;
GRANT UPDATE (tries_left, expires_at, used_at) ON invitation TO firstread_app;
GRANT UPDATE (last_seen_at, revoked_at) ON sign_in TO firstread_app;
GRANT SELECT ON audit_head TO firstread_app;
GRANT UPDATE (events, sha256) ON audit_head TO firstread_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON word TO firstread_app;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_RIGHTS)
